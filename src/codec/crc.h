// CRC-32 of zlib (IEEE), CRC-32C (Castagnoli, RFC 3720) and CRC-64 of xz (ECMA-182, reflected), by ISA-L: several GB/s.
// All can go on over pieces. They tell of accidents, not of attacks.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace salvor::codec {

// `before` is the value of what came earlier; 0 at the beginning.
std::uint32_t crc32(ByteView bytes, std::uint32_t before = 0);
std::uint32_t crc32c(ByteView bytes, std::uint32_t before = 0);
std::uint64_t crc64(ByteView bytes, std::uint64_t before = 0);

}  // namespace salvor::codec
