// LZ4 frames, read by liblz4.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace salvor::codec {

// `corrupt` when `packed` is not exactly one frame, or damaged as far as its checksums tell, and when it holds more
// than `max_bytes`. Some 8 MiB of memory besides, by the greatest block that a frame may announce.
Result<Bytes> lz4_decompress(ByteView packed, std::size_t max_bytes);

}  // namespace salvor::codec
