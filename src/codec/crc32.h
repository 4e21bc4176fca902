// CRC-32 of zlib (IEEE) and CRC-32C (Castagnoli, RFC 3720), by ISA-L: several GB/s. Both can go on over pieces.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace salvor::codec {

// `before` is the value of what came earlier; 0 at the beginning.
std::uint32_t crc32(ByteView bytes, std::uint32_t before = 0);
std::uint32_t crc32c(ByteView bytes, std::uint32_t before = 0);

}  // namespace salvor::codec
