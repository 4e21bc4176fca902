// Base64 as age's text uses it: without padding, and only in the one form that an encoder makes (RFC 4648 sections 3.2
// and 3.5).
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace salvor::crypto::age {

std::string encode_base64(ByteView bytes);
// `invalid` for padding, line breaks, stray characters and stray bits.
Result<std::string> decode_base64(std::string_view text);

}  // namespace salvor::crypto::age
