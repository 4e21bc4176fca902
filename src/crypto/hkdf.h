// HKDF-SHA-256 (RFC 5869): keys for several purposes from one secret.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "os/secret.h"

namespace salvor::crypto {

// 32 bytes: extract with `salt` (may be empty), then expand with `info`, which names the purpose.
os::Secret hkdf_sha256(ByteView secret, ByteView salt, std::string_view info);

}  // namespace salvor::crypto
