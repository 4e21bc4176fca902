#include "config/yaml_lines.h"

#include <algorithm>

namespace salvor::config {

namespace {

std::size_t indent_of(std::string_view line) { return std::min(line.find_first_not_of(' '), line.size()); }

bool is_blank_or_comment(std::string_view line) {
  const std::size_t at = line.find_first_not_of(" \t\r");
  return at == std::string_view::npos || line[at] == '#';
}

bool is_list_item(std::string_view content) { return content == "-" || content.starts_with("- "); }

struct KeyText {
  std::string name;
  std::string_view rest;  // behind the colon
};

bool ends_key(std::string_view text, std::size_t colon) {
  return text[colon] == ':' &&
         (colon + 1 == text.size() || text[colon + 1] == ' ' || text[colon + 1] == '\t' || text[colon + 1] == '\r');
}

// "name: value", "'name':", "\"name\": value"; escapes in quotes are not for keys of ours.
std::optional<KeyText> take_key(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text[0] == '"' || text[0] == '\'') {
    const std::size_t close = text.find(text[0], 1);
    if (close == std::string_view::npos || close + 1 >= text.size() || !ends_key(text, close + 1)) return std::nullopt;
    const std::string_view name = text.substr(1, close - 1);
    if (name.find('\\') != std::string_view::npos) return std::nullopt;
    return KeyText{std::string(name), text.substr(close + 2)};
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!ends_key(text, i)) continue;
    std::string_view name = text.substr(0, i);
    name = name.substr(0, name.find_last_not_of(" \t") + 1);
    return KeyText{std::string(name), text.substr(i + 1)};
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::vector<BlockKey> block_keys(Lines lines, std::size_t begin, std::size_t end) {
  std::vector<BlockKey> keys;
  std::size_t indent = 0;
  for (std::size_t at = begin; at < end; ++at) {
    const std::string_view line = lines[at];
    if (is_blank_or_comment(line)) continue;
    const std::size_t here = indent_of(line);
    const std::string_view content = line.substr(here);
    if (keys.empty() && (content == "---" || content.starts_with("--- "))) continue;
    if (keys.empty()) indent = here;
    if (here < indent) break;
    if (here > indent || is_list_item(content)) {
      if (keys.empty()) break;
      keys.back().end = at + 1;
      continue;
    }
    std::optional<KeyText> key = take_key(content);
    if (!key) break;
    keys.push_back({std::move(key->name), at, at + 1, indent, !is_blank_or_comment(key->rest)});
  }
  return keys;
}

std::optional<BlockKey> find_key(Lines lines, std::span<const std::string> path) {
  std::size_t begin = 0, end = lines.size();
  std::optional<BlockKey> found;
  for (const std::string& name : path) {
    const std::vector<BlockKey> keys = block_keys(lines, begin, end);
    const auto key = std::find_if(keys.begin(), keys.end(), [&](const BlockKey& one) { return one.name == name; });
    if (key == keys.end()) return std::nullopt;
    found = *key;
    begin = key->line + 1;
    end = key->end;
  }
  return found;
}

}  // namespace salvor::config
