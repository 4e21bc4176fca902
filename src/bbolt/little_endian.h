// Little-endian integers, as bbolt has every number on disk. bbolt itself writes the machine's own order; etcd runs on
// little-endian machines alone.
#pragma once

#include <concepts>
#include <cstdint>

#include "base/bytes.h"

namespace salvor::bbolt {

// Requires: `bytes` has room for a T at `offset`.
template <std::unsigned_integral T>
T load_little_endian(ByteView bytes, std::size_t offset) {
  T value = 0;
  for (std::size_t i = sizeof(T); i-- > 0;) {
    value = static_cast<T>(static_cast<std::uint64_t>(value) << 8 | std::to_integer<std::uint64_t>(bytes[offset + i]));
  }
  return value;
}
template <std::unsigned_integral T>
void store_little_endian(MutableByteView bytes, std::size_t offset, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    bytes[offset + i] = static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i));
  }
}

}  // namespace salvor::bbolt
