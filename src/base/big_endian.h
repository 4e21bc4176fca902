// Big-endian integers of one to eight bytes: Kopia's binary structures and etcd's keys are full of them.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace salvor {

// The value of all of `bytes`. Requires: at most eight.
inline std::uint64_t load_big_endian(ByteView bytes) {
  std::uint64_t value = 0;
  for (const std::byte b : bytes) value = value << 8 | std::to_integer<std::uint64_t>(b);
  return value;
}
inline std::uint32_t load_big_endian32(ByteView bytes) { return static_cast<std::uint32_t>(load_big_endian(bytes)); }

// Fills all of `to` with the lowest bytes of `value`. Requires: at most eight.
inline void store_big_endian(MutableByteView to, std::uint64_t value) {
  for (std::size_t i = to.size(); i-- > 0; value >>= 8) to[i] = static_cast<std::byte>(value);
}

// Appends the lowest `size` bytes of `value`.
inline void append_big_endian(Bytes& to, std::uint64_t value, std::size_t size) {
  store_big_endian(MutableByteView(extend(to, size), size), value);
}

}  // namespace salvor
