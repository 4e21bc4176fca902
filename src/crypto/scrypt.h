// scrypt (RFC 7914) with r = 8 and p = 1: a key from a passphrase, at a price that makes guessing dear.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "os/secret.h"

namespace salvor::crypto {

// 32 bytes. N is 2^`log2_cost`; the work takes N KiB of memory, and some 0.7 s for 18. Requires: 1 <= log2_cost <= 30.
// `out_of_space` when there is not that much memory.
Result<os::Secret> scrypt(const os::Secret& passphrase, ByteView salt, unsigned log2_cost);

}  // namespace salvor::crypto
