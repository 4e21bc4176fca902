// Where the rolling hash of DYNAMIC-*-BUZHASH allows a cut, sixteen places at a time.
//
// The hash of a place is the XOR of T[b] of the 64 bytes before it, each rotated by its age. Rolling it on is a chain
// of dependent steps, but the sum may be taken in halves as well:
//
//   S1(i) = T[b(i)]     S2m(i) = Sm(i) ^ rotl(Sm(i - m), m)     the hash is S64(i)
//
// so six steps are done for sixteen places, and no place waits for the one before it. T has 256 entries of four bytes:
// two shuffles of 128 bytes each look up one byte of them for 64 places (AVX-512 VBMI).
#pragma once

#include <cstddef>
#include <cstdint>

namespace salvor::repo {

#ifdef __x86_64__
inline bool has_buzhash_scan() {
  static const bool kHas = __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
                           __builtin_cpu_supports("avx512vbmi") != 0;
  return kHas;
}
#else
constexpr bool has_buzhash_scan() { return false; }
#endif

// The first place in [from, to) after whose byte the hash under the mask is zero; `to` when there is none, or fewer
// than 64 bytes are left, from where the caller goes on: then `from` is moved there. Requires: has_buzhash_scan(), and
// that 64 bytes lie before data[from].
std::size_t scan_buzhash(const std::uint8_t* data, std::size_t& from, std::size_t to, std::uint32_t mask);

}  // namespace salvor::repo
