#include "config/edit.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "codec/yaml.h"
#include "config/reader.h"
#include "config/yaml_lines.h"

namespace salvor::config {

namespace {

constexpr std::size_t kStep = 2;
const std::string kLocations = "locations";

// "name:" and its settings, each line behind `indent` spaces.
std::vector<std::string> block_of(const std::string& name, const Json& settings, std::size_t indent) {
  const std::string text = codec::dump_yaml(Json{{name, settings}});
  std::vector<std::string> lines;
  for (std::string_view line : split_lines(text)) lines.push_back(std::string(indent, ' ') + std::string(line));
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

struct LineEdit {
  std::size_t begin = 0, end = 0;  // lines to take out
  std::vector<std::string> in;     // and to put there
};

std::string applied(std::span<const std::string_view> lines, const LineEdit& edit) {
  std::vector<std::string> out(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(edit.begin));
  out.insert(out.end(), edit.in.begin(), edit.in.end());
  out.insert(out.end(), lines.begin() + static_cast<std::ptrdiff_t>(edit.end), lines.end());
  return joined(out);
}

std::string heading(std::size_t indent) { return std::string(indent, ' ') + kLocations + ":"; }

LineEdit adding(std::span<const std::string_view> lines, const std::string& name, const Json& settings) {
  const std::string path[] = {kLocations, name};
  if (const auto there = find_key(lines, path))
    return {there->line, there->end, block_of(name, settings, there->indent)};
  const auto locations = find_key(lines, std::span(path).first(1));
  if (!locations) {
    std::vector<std::string> in = {heading(0)};
    for (std::string& line : block_of(name, settings, kStep)) in.push_back(std::move(line));
    return {lines.size(), lines.size(), std::move(in)};
  }
  const auto others = block_keys(lines, locations->line + 1, locations->end);
  const std::size_t indent = others.empty() ? locations->indent + kStep : others.front().indent;
  std::vector<std::string> in = block_of(name, settings, indent);
  if (!locations->has_value_on_its_line) return {locations->end, locations->end, std::move(in)};
  in.insert(in.begin(), heading(locations->indent));  // "locations: {}"
  return {locations->line, locations->end, std::move(in)};
}

LineEdit removing(std::span<const std::string_view> lines, const BlockKey& there) {
  const std::string path[] = {kLocations};
  const auto locations = find_key(lines, path);
  const bool last = locations && block_keys(lines, locations->line + 1, locations->end).size() == 1;
  if (!last) return {there.line, there.end, {}};
  // A heading without anything below it says null; an empty map says what is meant.
  std::vector<std::string> in = {heading(locations->indent) + " {}"};
  in.insert(in.end(), lines.begin() + static_cast<std::ptrdiff_t>(locations->line) + 1,
            lines.begin() + static_cast<std::ptrdiff_t>(there.line));
  return {locations->line, there.end, std::move(in)};
}

Result<Json> meaning_of(std::string_view text) {
  Json root = TRY(codec::parse_yaml(text, {.max_bytes = kMaxFileBytes, .max_depth = 16, .max_values = 50'000}));
  if (root.is_null()) root = Json::object();
  if (root.contains(kLocations) && root[kLocations].is_null()) root[kLocations] = Json::object();
  return root;
}

Result<std::string> settled(std::string_view before, std::string edited, const Json& meant, const std::string& doing) {
  const Result<Json> says = meaning_of(edited);
  if (says.ok() && *says == meant) return edited;
  if (before.find('#') == std::string_view::npos) return codec::dump_yaml(meant);
  return Error(Code::unsupported,
               "the configuration is written in a style that cannot be edited without losing comments")
      .hint(doing);
}

}  // namespace

Result<std::string> with_location(std::string_view text, const std::string& name, const Json& settings) {
  Json meant = TRY(meaning_of(text));
  meant[kLocations][name] = settings;
  const std::vector<std::string_view> lines = split_lines(text);
  std::string edited = applied(lines, adding(lines, name, settings));
  return settled(text, std::move(edited), meant, "Put the location " + name + " under locations: with an editor.");
}

Result<std::string> without_location(std::string_view text, const std::string& name) {
  Json meant = TRY(meaning_of(text));
  if (!meant.contains(kLocations) || meant[kLocations].erase(name) == 0) return std::string(text);
  const std::vector<std::string_view> lines = split_lines(text);
  const std::string path[] = {kLocations, name};
  const auto there = find_key(lines, path);
  std::string edited = there ? applied(lines, removing(lines, *there)) : std::string();
  return settled(text, std::move(edited), meant, "Take the location " + name + " out with an editor.");
}

}  // namespace salvor::config
