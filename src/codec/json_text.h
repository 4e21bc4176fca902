// Writing JSON as Go's encoding/json does, byte for byte: what an API server would have sent.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace salvor::codec {

// A text with its quotes. Also <, >, &, U+2028 and U+2029 are escaped, and each byte that is no UTF-8 becomes U+FFFD.
void append_json_text(std::string& json, std::string_view text);

// One JSON object or array without the spaces around its values, and escaped like texts. `invalid` when it is none;
// only its brackets and quotes are looked at, who reads the document parses it.
Result<> append_compact_json(std::string& json, std::string_view document);

}  // namespace salvor::codec
