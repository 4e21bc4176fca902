// Lower-case hexadecimal, the form in which the field writes hashes and random names.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace salvor {

std::string to_hex(ByteView bytes);

// Nothing unless all of `text` is pairs of 0-9 and a-f: upper case is another name for the same bytes, and names are
// compared as text.
std::optional<Bytes> parse_hex(std::string_view text);
// The same for a known length: `out` is filled, or false is returned and `out` is unspecified.
[[nodiscard]] bool parse_hex(std::string_view text, MutableByteView out);

}  // namespace salvor
