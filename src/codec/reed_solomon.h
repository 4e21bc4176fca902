// Reed-Solomon codes over GF(2^8), by ISA-L's kernels.
//
// The shards of a group are values of polynomials: byte i of shard x is the value at x of the polynomial of degree
// below `data` that passes through byte i of the data shards at 0, 1, ... data - 1. So data shards are what they are,
// parity shards are further values, and any `data` of all shards determine the rest (Lagrange). This is the systematic
// Vandermonde matrix, over x^8 + x^4 + x^3 + x^2 + 1 (0x11D), of github.com/klauspost/reedsolomon and others.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"

namespace salvor::codec {

// Thread-safe.
class ReedSolomon {
 public:
  // Requires: data >= 1, parity >= 1, together at most 256.
  ReedSolomon(std::size_t data, std::size_t parity);

  std::size_t data() const { return data_; }
  std::size_t parity() const { return parity_; }

  // Fills the parity shards. Requires: data() and parity() shards, all of one size.
  void encode(std::span<const ByteView> data, std::span<const MutableByteView> parity) const;

  // Fills lost data shards. `shards` are data and then parity; an empty one is lost. `restored` has room for each lost
  // data shard, in order. False when fewer than data() shards are left. Requires: all of one size, at least one byte.
  [[nodiscard]] bool restore(std::span<const ByteView> shards, std::span<const MutableByteView> restored) const;

 private:
  std::size_t data_, parity_;
  std::vector<std::uint8_t> tables_;  // ISA-L's form of the parity rows
};

}  // namespace salvor::codec
