// Compiled for processors with AVX-512 VBMI, and called on no other.
#ifdef __x86_64__
#include "repo/buzhash_scan.h"

#include <immintrin.h>

#include <array>

#include "repo/buzhash_table.h"

namespace salvor::repo {
namespace {

constexpr std::size_t kPlaces = 64;  // that are looked at together

// Byte n of every entry of the table, n from 0 to 3.
struct alignas(64) Planes {
  std::array<std::array<std::uint8_t, 256>, 4> bytes{};
};
constexpr Planes make_planes() {
  Planes planes;
  for (std::size_t n = 0; n < 4; ++n) {
    for (std::size_t i = 0; i < 256; ++i) planes.bytes[n][i] = static_cast<std::uint8_t>(kBuzhashTable[i] >> (8 * n));
  }
  return planes;
}
constexpr Planes kPlanes = make_planes();

struct Four {
  __m512i at[4];  // places 0 to 15, 16 to 31, and so on
};

inline __m512i look_up(const std::array<std::uint8_t, 256>& plane, __m512i index, __mmask64 upper) {
  const __m512i* const table = reinterpret_cast<const __m512i*>(plane.data());
  const __m512i low = _mm512_permutex2var_epi8(table[0], index, table[1]);
  const __m512i high = _mm512_permutex2var_epi8(table[2], index, table[3]);
  return _mm512_mask_blend_epi8(upper, low, high);
}

// T of 64 bytes. They are ordered first so that putting the bytes of entries together, which works within 128 bits,
// leaves the places in their order.
inline Four entries_of(const std::uint8_t* bytes) {
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const __m512i index = _mm512_permutexvar_epi32(order, _mm512_loadu_si512(bytes));
  const __mmask64 upper = _mm512_movepi8_mask(index);
  const __m512i a = look_up(kPlanes.bytes[0], index, upper), b = look_up(kPlanes.bytes[1], index, upper),
                c = look_up(kPlanes.bytes[2], index, upper), d = look_up(kPlanes.bytes[3], index, upper);
  const __m512i ab_low = _mm512_unpacklo_epi8(a, b), ab_high = _mm512_unpackhi_epi8(a, b),
                cd_low = _mm512_unpacklo_epi8(c, d), cd_high = _mm512_unpackhi_epi8(c, d);
  return {{_mm512_unpacklo_epi16(ab_low, cd_low), _mm512_unpackhi_epi16(ab_low, cd_low),
           _mm512_unpacklo_epi16(ab_high, cd_high), _mm512_unpackhi_epi16(ab_high, cd_high)}};
}

// The sums of the sixteen places before, and for the last step those before them.
struct Before {
  __m512i s1, s2, s4, s8, s16, s32, older_s32;
};

// S2m out of Sm, where `before` has the sixteen Sm before these.
template <int M>
inline __m512i doubled(__m512i sum, __m512i& before) {
  const __m512i earlier = _mm512_alignr_epi32(sum, before, 16 - M);
  before = sum;
  return _mm512_xor_si512(sum, _mm512_rol_epi32(earlier, M));
}

inline __m512i hashes(__m512i entries, Before& before) {
  const __m512i s2 = doubled<1>(entries, before.s1), s4 = doubled<2>(s2, before.s2), s8 = doubled<4>(s4, before.s4),
                s16 = doubled<8>(s8, before.s8);
  const __m512i s32 = _mm512_xor_si512(s16, _mm512_rol_epi32(before.s16, 16));
  before.s16 = s16;
  const __m512i s64 = _mm512_xor_si512(s32, before.older_s32);  // rotated by 32, which is by nothing
  before.older_s32 = before.s32;
  before.s32 = s32;
  return s64;
}

}  // namespace

std::size_t scan_buzhash(const std::uint8_t* data, std::size_t& from, std::size_t to, std::uint32_t mask) {
  const __m512i zero = _mm512_setzero_si512(), wanted = _mm512_set1_epi32(static_cast<int>(mask));
  Before before{zero, zero, zero, zero, zero, zero, zero};
  const Four first = entries_of(data + from - kPlaces);
  for (const __m512i& entries : first.at) hashes(entries, before);
  for (; to - from >= kPlaces; from += kPlaces) {
    const Four four = entries_of(data + from);
    std::uint64_t matches = 0;
    for (int i = 0; i < 4; ++i) {
      const std::uint64_t here = _mm512_testn_epi32_mask(hashes(four.at[i], before), wanted);
      matches |= here << (16 * i);
    }
    if (matches != 0) return from + static_cast<std::size_t>(__builtin_ctzll(matches));
  }
  return to;
}

}  // namespace salvor::repo
#endif
