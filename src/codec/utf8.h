// UTF-8 validity as Unicode defines it: shortest form, no surrogates, nothing above U+10FFFF.
#pragma once

#include <string_view>

namespace salvor::codec {

bool is_utf8(std::string_view text);

}  // namespace salvor::codec
