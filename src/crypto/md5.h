// MD5 (RFC 1321): protects nothing against anybody. S3 wants it in Content-MD5 of DeleteObjects and beside SSE-C keys.
#pragma once

#include <array>

#include "base/bytes.h"

namespace salvor::crypto {

using Md5Digest = std::array<std::byte, 16>;

Md5Digest md5(ByteView bytes);

}  // namespace salvor::crypto
