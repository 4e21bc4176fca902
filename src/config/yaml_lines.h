// yaml_lines: which lines of a YAML text hold which key.
//
// Only block style is understood, the way people write configuration: a key, a colon, and what is indented deeper
// belongs to it. It serves two ends: a line number for a message, and edits that leave everything else as it is.
// Nothing relies on it being right for all of YAML: an edited text is parsed again and compared with what it should
// say.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace salvor::config {

using Lines = std::span<const std::string_view>;

// Without their line ends.
std::vector<std::string_view> split_lines(std::string_view text);

struct BlockKey {
  std::string name;
  std::size_t line = 0;    // counted from 0 in the whole text
  std::size_t end = 0;     // behind the last line of its value; blank lines and comments there are not its own
  std::size_t indent = 0;  // columns before it
  bool has_value_on_its_line = false;
};

// The keys of the outermost map in lines [begin, end). Stops at what it does not understand.
std::vector<BlockKey> block_keys(Lines lines, std::size_t begin, std::size_t end);

// The key at the end of `path`: {"locations", "nas", "url"}.
std::optional<BlockKey> find_key(Lines lines, std::span<const std::string> path);

}  // namespace salvor::config
