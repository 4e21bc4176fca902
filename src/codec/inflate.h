// Deflate (RFC 1951) without a frame around it, read by zlib.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace salvor::codec {

// `corrupt` when `packed` is not exactly one deflate stream, and when it holds more than `max_bytes`. Deflate has no
// checksum: other damage goes unnoticed.
Result<Bytes> inflate_raw(ByteView packed, std::size_t max_bytes);

}  // namespace salvor::codec
