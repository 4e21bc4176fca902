// The classes of characters that ignore rules may name: "alpha", "digit", ...
#pragma once

#include <string_view>

namespace salvor::snapshot {

// Nothing for a name that is none. Beyond Latin-1 the classes know white space only.
bool (*ignore_class(std::string_view name))(char32_t);

// Unicode's White_Space.
bool is_space_rune(char32_t c);

}  // namespace salvor::snapshot
