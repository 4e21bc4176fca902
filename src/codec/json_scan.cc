#include "codec/json_scan.h"

#include <bit>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace salvor::codec {
namespace {

struct Masks {
  std::uint64_t quote = 0, backslash = 0, open = 0, close = 0;
};

// '{' and '[' differ only in bit 5, and so do '}' and ']': setting it lets one comparison find both.
#ifdef __SSE2__
Masks masks_of(const char* block) {
  Masks masks;
  for (int i = 0; i < 4; ++i) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block) + i);
    const __m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    const auto equal = [i](__m128i left, char right) {
      const int bits = _mm_movemask_epi8(_mm_cmpeq_epi8(left, _mm_set1_epi8(right)));
      return static_cast<std::uint64_t>(static_cast<std::uint32_t>(bits)) << (16 * i);
    };
    masks.quote |= equal(bytes, '"');
    masks.backslash |= equal(bytes, '\\');
    masks.open |= equal(folded, '{');
    masks.close |= equal(folded, '}');
  }
  return masks;
}
#else
Masks masks_of(const char* block) {
  Masks masks;
  for (int i = 0; i < 64; ++i) {
    const std::uint64_t bit = std::uint64_t{1} << i;
    const char folded = static_cast<char>(block[i] | 0x20);
    if (block[i] == '"') masks.quote |= bit;
    if (block[i] == '\\') masks.backslash |= bit;
    if (folded == '{') masks.open |= bit;
    if (folded == '}') masks.close |= bit;
  }
  return masks;
}
#endif

// Bits of the bytes that a backslash escapes. Backslashes are rare in Kubernetes objects, so one at a time will do.
std::uint64_t escaped_bytes(std::uint64_t backslash, std::uint64_t& carry) {
  std::uint64_t escaped = carry;
  carry = 0;
  backslash &= ~escaped;
  while (backslash != 0) {
    const int at = std::countr_zero(backslash);
    if (at == 63) {
      carry = 1;
      break;
    }
    const std::uint64_t next = std::uint64_t{2} << at;
    escaped |= next;
    backslash &= ~next & (backslash - 1);
  }
  return escaped;
}

// Bit i of the result is the parity of bits 0..i.
std::uint64_t running_parity(std::uint64_t bits) {
  for (int shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
  return bits;
}

}  // namespace

// Up to 64 bytes; bytes at and after `size` are blanks. How many belong to the value.
std::size_t BracketScanner::scan_block(const char* block, unsigned size) {
  Masks masks = masks_of(block);
  std::uint64_t escaped = escaped_;
  if (masks.backslash != 0 || escaped_ != 0) {
    escaped = escaped_bytes(masks.backslash, escaped_);
    // In a short block the escaped byte may be the first of the next one.
    if (size < 64 && (escaped >> size) != 0) escaped_ = 1;
  }
  const std::uint64_t in_string = running_parity(masks.quote & ~escaped) ^ in_string_;
  in_string_ = static_cast<std::uint64_t>(static_cast<std::int64_t>(in_string) >> 63);
  masks.open &= ~in_string;
  masks.close &= ~in_string;

  if ((masks.open | masks.close) == 0) return size;  // most blocks of a long text; counting bits is a call on x86-64-v1
  if (depth_ > std::popcount(masks.close)) {
    depth_ += std::popcount(masks.open) - std::popcount(masks.close);
    return size;
  }
  for (std::uint64_t brackets = masks.open | masks.close; brackets != 0; brackets &= brackets - 1) {
    const int at = std::countr_zero(brackets);
    depth_ += (masks.open >> at & 1) != 0 ? 1 : -1;
    if (depth_ == 0) return static_cast<std::size_t>(at) + 1;
  }
  return size;
}

std::size_t BracketScanner::scan(std::string_view piece) {
  if (depth_ == kNotBegun && !piece.empty()) depth_ = 0;
  std::size_t at = 0;
  while (piece.size() - at >= 64) {
    const std::size_t taken = scan_block(piece.data() + at, 64);
    at += taken;
    if (depth_ == 0) return at;
  }
  if (at < piece.size()) {
    char block[64];
    std::memset(block, ' ', sizeof block);
    std::memcpy(block, piece.data() + at, piece.size() - at);
    at += scan_block(block, static_cast<unsigned>(piece.size() - at));
  }
  return at;
}

}  // namespace salvor::codec
