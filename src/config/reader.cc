#include "config/reader.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/nearest.h"
#include "codec/yaml.h"
#include "config/yaml_lines.h"

namespace salvor::config {

namespace {

constexpr codec::YamlLimits kLimits{.max_bytes = kMaxFileBytes, .max_depth = 16, .max_values = 50'000};

// A key as it may be shown: what was written by mistake in a key's place may be a secret.
std::string shown(const std::string& key) { return "\"" + key.substr(0, 40) + (key.size() > 40 ? "...\"" : "\""); }

}  // namespace

Reader::Path below(const Reader::Path& path, std::string key) {
  Reader::Path longer = path;
  longer.push_back(std::move(key));
  return longer;
}

Reader::Reader(std::string_view text, std::string file) : file_(std::move(file)), text_(text) {}

Result<Reader> Reader::parse(std::string_view text, std::string file) {
  Reader reader(text, std::move(file));
  auto root = std::make_shared<Json>(TRY(codec::parse_yaml(text, kLimits).context(reader.file_)));
  if (root->is_null()) *root = Json::object();
  if (!root->is_object()) return Error(Code::invalid, reader.file_ + " is not a YAML map");
  reader.root_ = std::move(root);
  return reader;
}

const Json& Reader::root() const { return *root_; }

Error Reader::error(const Path& path, const std::string& what) const { return error(path, Error(Code::invalid, what)); }

Error Reader::error(const Path& path, const Error& inner) const {
  // The lines are looked up only when something is wrong, from the longest path that can be found.
  const std::vector<std::string_view> lines = split_lines(text_);
  std::string place = file_ + ": ";
  for (std::size_t steps = path.size(); steps > 0; --steps) {
    const auto key = find_key(lines, std::span(path).first(steps));
    if (!key) continue;
    place += "line " + std::to_string(key->line + 1) + ": ";
    break;
  }
  return Error(inner.code(), place + inner.message()).hint(inner.hint());
}

Result<> Reader::check_repeated(const Path& path) const {
  const std::vector<std::string_view> lines = split_lines(text_);
  std::size_t begin = 0, end = lines.size();
  if (!path.empty()) {
    const auto key = find_key(lines, path);
    if (!key) return {};
    begin = key->line + 1;
    end = key->end;
  }
  std::set<std::string> seen;
  for (const BlockKey& key : block_keys(lines, begin, end)) {
    if (seen.insert(key.name).second) continue;
    return Error(Code::invalid, file_ + ": line " + std::to_string(key.line + 1) + ": " + shown(key.name) +
                                    " stands here a second time")
        .hint("Only one of them can be meant: remove the other.");
  }
  return {};
}

Result<> Reader::entries(const Json& map, const Path& path, const Visit& visit) const {
  if (map.is_null()) return {};
  if (!map.is_object())
    return error(path, (path.empty() ? "the file" : path.back()) + " must be a map of keys and values");
  TRY(check_repeated(path));
  for (const auto& [key, value] : map.items()) TRY(visit(key, value));
  return {};
}

Result<> Reader::members(const Json& map, const Path& path, std::span<const std::string_view> known,
                         const Visit& visit) const {
  return entries(map, path, [&](const std::string& key, const Json& value) -> Result<> {
    if (std::find(known.begin(), known.end(), key) != known.end()) return visit(key, value);
    const auto near = nearest(key, known);
    std::string all;
    for (std::string_view name : known) all += (all.empty() ? "" : ", ") + std::string(name);
    Error unknown = error(below(path, key), shown(key) + " is not known" + (path.empty() ? "" : " in " + path.back()));
    return std::move(unknown).hint(near ? "Did you mean \"" + std::string(*near) + "\"?" : "Known are: " + all + ".");
  });
}

Result<std::string> Reader::text(const Json& value, const Path& path) const {
  if (value.is_string()) return value.get<std::string>();
  return error(path, Error(Code::invalid, path.back() + " must be a text").hint("Put it in quotes."));
}

Result<std::string> Reader::scalar(const Json& value, const Path& path) const {
  if (value.is_boolean() || value.is_number_integer()) return codec::dump_json(value);
  return text(value, path);
}

Result<std::vector<std::string>> Reader::texts(const Json& value, const Path& path) const {
  if (value.is_null()) return std::vector<std::string>();
  if (!value.is_array()) return std::vector<std::string>{TRY(text(value, path))};
  std::vector<std::string> all;
  for (const Json& one : value) all.push_back(TRY(text(one, path)));
  return all;
}

}  // namespace salvor::config
