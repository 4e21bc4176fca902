// Base64 (RFC 4648 section 4, with padding), as Kubernetes writes bytes in JSON and YAML.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace salvor::codec {

std::string encode_base64(std::string_view bytes);
void append_base64(std::string& text, std::string_view bytes);
// Line breaks are skipped, as Go's decoder does. `invalid` for any other stray character or wrong padding; the message
// tells where and never repeats the text, which may be a secret.
Result<std::string> decode_base64(std::string_view text);

}  // namespace salvor::codec
