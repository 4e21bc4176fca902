// PBKDF2 (RFC 8018) with HMAC-SHA-256: a key from a passphrase; guessing costs time, and no memory.
#pragma once

#include "base/bytes.h"
#include "os/secret.h"

namespace salvor::crypto {

// 32 bytes; some 0.2 s for 600,000 iterations. Requires: iterations > 0, passphrase and salt below 1 GiB.
os::Secret pbkdf2_sha256(const os::Secret& passphrase, ByteView salt, unsigned iterations);

}  // namespace salvor::crypto
