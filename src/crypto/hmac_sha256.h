// HMAC-SHA-256 (RFC 2104, RFC 4231) over OpenSSL.
#pragma once

#include "base/bytes.h"
#include "crypto/sha256.h"

namespace salvor::crypto {

// Thread-safe. The key may have any length; it is not kept.
Sha256Digest hmac_sha256(ByteView key, ByteView message);

}  // namespace salvor::crypto
