// The two rolling hashes by which kopia cuts objects: a value of the last 64 bytes that is cheap to move on by one.
//
// A value depends on those 64 bytes alone, on nothing before them. So a scan may begin anywhere once it has looked at
// 64 bytes, and several parts of a piece can be scanned side by side: `first_match` moves four values at a time, which
// hides that each step of one value waits for the step before. A block in which one of the four matches, one in some
// hundred, is scanned again byte by byte for the first match.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "repo/buzhash_table.h"

namespace salvor::repo {

inline constexpr std::size_t kRollingWindow = 64;  // bytes

// H = XOR of rotl(T[b], age of b), ages 0 to 63. The byte that leaves was rotated by 64, that is by nothing.
// [chmduquesne/rollinghash buzhash32]
struct Buzhash {
  using Value = std::uint32_t;
  static Value roll(Value value, std::uint8_t leaving, std::uint8_t entering) {
    return append(value, entering) ^ kBuzhashTable[leaving];
  }
  static Value append(Value value, std::uint8_t entering) { return std::rotl(value, 1) ^ kBuzhashTable[entering]; }
};

// The window as a polynomial over GF(2), its first byte highest, modulo P. [chmduquesne/rollinghash rabinkarp64]
struct RabinKarp {
  using Value = std::uint64_t;
  static constexpr std::uint64_t kPolynomial = 0x2e3e3e4a305605;
  static constexpr int kDegree = 53;

  struct Tables {
    std::array<Value, 256> reduce{};  // i x^53 mod P, and i itself at bit 53: takes the overflow away
    std::array<Value, 256> leave{};   // b x^512 mod P: what a byte has become when it is the 65th
  };
  static constexpr Value times_x(Value value) {
    value <<= 1;
    return (value >> kDegree & 1) != 0 ? value ^ kPolynomial : value;
  }
  static constexpr Tables make_tables() {
    Tables tables;
    Value overflow = kPolynomial ^ Value { 1 } << kDegree, leaving = 1;
    for (std::size_t i = 0; i < 8 * kRollingWindow; ++i) leaving = times_x(leaving);
    for (std::size_t bit = 1; bit < 256; bit <<= 1, overflow = times_x(overflow), leaving = times_x(leaving)) {
      for (std::size_t rest = 0; rest < bit; ++rest) {
        tables.reduce[bit + rest] = tables.reduce[rest] ^ overflow ^ static_cast<Value>(bit) << kDegree;
        tables.leave[bit + rest] = tables.leave[rest] ^ leaving;
      }
    }
    return tables;
  }

  static Value append(Value value, std::uint8_t entering) {
    return (value << 8 | entering) ^ kTables.reduce[value >> (kDegree - 8)];
  }
  static Value roll(Value value, std::uint8_t leaving, std::uint8_t entering) {
    return append(value, entering) ^ kTables.leave[leaving];
  }
  static const Tables kTables;
};
inline constexpr RabinKarp::Tables RabinKarp::kTables = RabinKarp::make_tables();

// The value of the window that ends before `end`.
template <class Hash>
typename Hash::Value window_value(const std::uint8_t* end) {
  typename Hash::Value value = 0;
  for (const std::uint8_t* byte = end - kRollingWindow; byte != end; ++byte) value = Hash::append(value, *byte);
  return value;
}

// Whether the value under the mask is zero after one of the 4 x `lane` bytes from `begin` on.
template <class Hash>
bool has_match(const std::uint8_t* begin, std::size_t lane, typename Hash::Value mask) {
  const std::uint8_t *a = begin, *b = a + lane, *c = b + lane, *d = c + lane;
  auto at_a = window_value<Hash>(a), at_b = window_value<Hash>(b), at_c = window_value<Hash>(c),
       at_d = window_value<Hash>(d);
  bool matches = false;
  for (const std::uint8_t* const end = b; a != end; ++a, ++b, ++c, ++d) {
    at_a = Hash::roll(at_a, *(a - kRollingWindow), *a);
    at_b = Hash::roll(at_b, *(b - kRollingWindow), *b);
    at_c = Hash::roll(at_c, *(c - kRollingWindow), *c);
    at_d = Hash::roll(at_d, *(d - kRollingWindow), *d);
    matches |= ((at_a & mask) == 0) | ((at_b & mask) == 0) | ((at_c & mask) == 0) | ((at_d & mask) == 0);
  }
  return matches;
}

// The first place in [from, to) after whose byte the value under the mask is zero; `to` when there is none.
// Requires: kRollingWindow bytes lie before data[from].
template <class Hash>
std::size_t first_match(const std::uint8_t* data, std::size_t from, std::size_t to, typename Hash::Value mask) {
  constexpr std::size_t kMostLane = 4096, kLeastLane = 512;  // warming up costs 1.6 to 12 %
  for (std::size_t lane; (lane = std::min((to - from) / 4, kMostLane)) >= kLeastLane; from += 4 * lane) {
    if (has_match<Hash>(data + from, lane, mask)) break;
  }
  if (from == to) return to;
  auto value = window_value<Hash>(data + from);
  for (; from != to; ++from) {
    value = Hash::roll(value, data[from - kRollingWindow], data[from]);
    if ((value & mask) == 0) return from;
  }
  return to;
}

}  // namespace salvor::repo
