// X25519 (RFC 7748) over OpenSSL: two secrets and two public keys that agree on a third secret.
#pragma once

#include <array>

#include "base/bytes.h"
#include "base/result.h"
#include "os/secret.h"

namespace salvor::crypto {

using X25519Public = std::array<std::byte, 32>;

// Requires: `secret` has 32 bytes; any will do, so they may come straight from an Rng.
X25519Public x25519_public(const os::Secret& secret);
// 32 bytes, not yet a key: derive one. `invalid` when `other` is a point of low order, which agrees on zero with
// anybody.
Result<os::Secret> x25519_shared(const os::Secret& secret, const X25519Public& other);

}  // namespace salvor::crypto
