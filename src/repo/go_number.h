// Numbers in names as stock reads them, with Go's strconv.Atoi: decimal digits behind an optional sign, leading zeros
// allowed. Where a name decides what a repository holds, all readers must take the same names for the same numbers.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace salvor::repo {

// Nothing when it is no number, or none of 64 bits.
inline std::optional<std::int64_t> go_number(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace salvor::repo
