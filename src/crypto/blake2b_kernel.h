// The compression function of BLAKE2b (RFC 7693) over vectors: one message in each lane. Included by the files that
// compile it for one kind of processor each, and by nothing else.
//
// Everything is in an anonymous namespace and uses nothing of the standard library that could be emitted: a function
// that was compiled for AVX-512 must never be the one that the linker keeps for all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "crypto/blake2b_lanes.h"

namespace salvor::crypto::kernel {
namespace {

constexpr std::uint64_t kIv[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
                                  0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};

// Which word of the message is taken where, by round; rounds 10 and 11 are 0 and 1 again.
constexpr unsigned kOrder[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};

#define SALVOR_INLINE [[gnu::always_inline]] inline

template <class V>
SALVOR_INLINE void mix(V& a, V& b, V& c, V& d, const V& x, const V& y) {
  a += b + x;
  d ^= a;
  d = (d >> 32) | (d << 32);
  c += d;
  b ^= c;
  b = (b >> 24) | (b << 40);
  a += b + y;
  d ^= a;
  d = (d >> 16) | (d << 48);
  c += d;
  b ^= c;
  b = (b >> 63) | (b << 1);
}

template <unsigned kRound, class V>
SALVOR_INLINE void round(V (&v)[16], const V (&m)[16]) {
  constexpr const unsigned(&o)[16] = kOrder[kRound % 10];
  mix(v[0], v[4], v[8], v[12], m[o[0]], m[o[1]]);
  mix(v[1], v[5], v[9], v[13], m[o[2]], m[o[3]]);
  mix(v[2], v[6], v[10], v[14], m[o[4]], m[o[5]]);
  mix(v[3], v[7], v[11], v[15], m[o[6]], m[o[7]]);
  mix(v[0], v[5], v[10], v[15], m[o[8]], m[o[9]]);
  mix(v[1], v[6], v[11], v[12], m[o[10]], m[o[11]]);
  mix(v[2], v[7], v[8], v[13], m[o[12]], m[o[13]]);
  mix(v[3], v[4], v[9], v[14], m[o[14]], m[o[15]]);
}

// `bytes` so far with this block; `last` has all bits where it is the last one.
template <class V>
SALVOR_INLINE void compress(V (&h)[8], const V (&m)[16], const V& bytes, const V& last) {
  V v[16];
  for (unsigned i = 0; i < 8; ++i) {
    v[i] = h[i];
    v[8 + i] = V{} + kIv[i];
  }
  v[12] ^= bytes;
  v[14] ^= last;
  round<0>(v, m);
  round<1>(v, m);
  round<2>(v, m);
  round<3>(v, m);
  round<4>(v, m);
  round<5>(v, m);
  round<6>(v, m);
  round<7>(v, m);
  round<8>(v, m);
  round<9>(v, m);
  round<10>(v, m);
  round<11>(v, m);
  for (unsigned i = 0; i < 8; ++i) h[i] ^= v[i] ^ v[8 + i];
}

// By reference, since how vectors are returned depends on the kind of processor.
template <class V>
SALVOR_INLINE void load(const std::uint8_t* at, V& words) {
  std::memcpy(&words, at, sizeof(words));
}

using V4 = std::uint64_t __attribute__((vector_size(32)));
using V8 = std::uint64_t __attribute__((vector_size(64)));

// The words of a block of each lane, turned: m[i] holds word i of all lanes.
SALVOR_INLINE void load_turned(const std::uint8_t* const (&at)[4], std::size_t offset, V4 (&m)[16]) {
  for (unsigned part = 0; part < 4; ++part) {
    const std::size_t from = offset + 32 * part;
    V4 a, b, c, d;
    load(at[0] + from, a);
    load(at[1] + from, b);
    load(at[2] + from, c);
    load(at[3] + from, d);
    const V4 ab_even = __builtin_shufflevector(a, b, 0, 4, 2, 6), ab_odd = __builtin_shufflevector(a, b, 1, 5, 3, 7);
    const V4 cd_even = __builtin_shufflevector(c, d, 0, 4, 2, 6), cd_odd = __builtin_shufflevector(c, d, 1, 5, 3, 7);
    m[4 * part] = __builtin_shufflevector(ab_even, cd_even, 0, 1, 4, 5);
    m[4 * part + 1] = __builtin_shufflevector(ab_odd, cd_odd, 0, 1, 4, 5);
    m[4 * part + 2] = __builtin_shufflevector(ab_even, cd_even, 2, 3, 6, 7);
    m[4 * part + 3] = __builtin_shufflevector(ab_odd, cd_odd, 2, 3, 6, 7);
  }
}

SALVOR_INLINE void load_turned(const std::uint8_t* const (&at)[8], std::size_t offset, V8 (&m)[16]) {
  for (unsigned part = 0; part < 2; ++part) {
    const std::size_t from = offset + 64 * part;
    V8 even[4], odd[4];  // of two lanes each
    for (unsigned pair = 0; pair < 4; ++pair) {
      V8 a, b;
      load(at[2 * pair] + from, a);
      load(at[2 * pair + 1] + from, b);
      even[pair] = __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14);
      odd[pair] = __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
    }
    V8 four[2][4];  // of lanes 0 to 3 and 4 to 7: words 0|4, 1|5, 2|6, 3|7
    for (unsigned half = 0; half < 2; ++half) {
      const V8 &e0 = even[2 * half], &e1 = even[2 * half + 1], &o0 = odd[2 * half], &o1 = odd[2 * half + 1];
      four[half][0] = __builtin_shufflevector(e0, e1, 0, 1, 8, 9, 4, 5, 12, 13);
      four[half][1] = __builtin_shufflevector(o0, o1, 0, 1, 8, 9, 4, 5, 12, 13);
      four[half][2] = __builtin_shufflevector(e0, e1, 2, 3, 10, 11, 6, 7, 14, 15);
      four[half][3] = __builtin_shufflevector(o0, o1, 2, 3, 10, 11, 6, 7, 14, 15);
    }
    for (unsigned word = 0; word < 4; ++word) {
      m[8 * part + word] = __builtin_shufflevector(four[0][word], four[1][word], 0, 1, 2, 3, 8, 9, 10, 11);
      m[8 * part + 4 + word] = __builtin_shufflevector(four[0][word], four[1][word], 4, 5, 6, 7, 12, 13, 14, 15);
    }
  }
}

// A message on its way through a lane.
struct Lane {
  const std::uint8_t* at = nullptr;
  std::size_t blocks = 0;  // before the last one
  std::size_t last_bytes = 0;
  std::uint8_t* digest = nullptr;  // null: the lane is empty
};

// All messages, a free lane taking the next one, so that their lengths need not be alike.
template <class V, unsigned kLanes>
SALVOR_INLINE void hash_all(const Blake2bStart& start, const Blake2bMessage* messages, std::size_t count) {
  V h[8] = {}, bytes = {};
  Lane lanes[kLanes];
  alignas(64) std::uint8_t last_blocks[kLanes][kBlake2bBlock] = {};
  const std::uint8_t* at[kLanes];
  std::size_t taken = 0;
  V m[16];

  const auto fill = [&](unsigned l) __attribute__((always_inline)) {
    Lane& lane = lanes[l];
    lane = Lane();
    if (taken == count) return false;
    const Blake2bMessage& message = messages[taken++];
    lane.digest = message.digest;
    std::memset(last_blocks[l], 0, kBlake2bBlock);
    const bool is_key_alone = message.size == 0 && start.has_key;
    const std::uint64_t* state = is_key_alone || !start.has_key ? start.without_key : start.behind_key;
    for (unsigned i = 0; i < 8; ++i) h[i][l] = state[i];
    bytes[l] = is_key_alone || !start.has_key ? 0 : kBlake2bBlock;
    if (is_key_alone) {
      std::memcpy(last_blocks[l], start.key_block, kBlake2bBlock);
      lane.last_bytes = kBlake2bBlock;
    } else if (message.size > 0) {
      lane.at = message.data;
      lane.blocks = (message.size - 1) / kBlake2bBlock;
      lane.last_bytes = message.size - lane.blocks * kBlake2bBlock;
      std::memcpy(last_blocks[l], message.data + lane.blocks * kBlake2bBlock, lane.last_bytes);
    }
    return true;
  };

  unsigned active = 0;
  for (unsigned l = 0; l < kLanes; ++l) active += fill(l) ? 1 : 0;
  while (active > 0) {
    std::size_t shared = SIZE_MAX;  // blocks that every lane has
    const Lane* any = nullptr;
    for (const Lane& lane : lanes) {
      if (!lane.digest) continue;
      any = &lane;
      if (lane.blocks < shared) shared = lane.blocks;
    }
    for (unsigned l = 0; l < kLanes; ++l) at[l] = lanes[l].digest ? lanes[l].at : any->at;
    for (std::size_t block = 0; block < shared; ++block) {
      bytes += kBlake2bBlock;
      load_turned(at, block * kBlake2bBlock, m);
      compress(h, m, bytes, V{});
    }
    V last = {};
    for (unsigned l = 0; l < kLanes; ++l) {
      Lane& lane = lanes[l];
      at[l] = last_blocks[l];
      if (!lane.digest) continue;
      lane.at += shared * kBlake2bBlock;
      lane.blocks -= shared;
      if (lane.blocks == 0) {
        last[l] = ~std::uint64_t{0};
        bytes[l] += lane.last_bytes;
      } else {
        at[l] = lane.at;
        bytes[l] += kBlake2bBlock;
        lane.at += kBlake2bBlock;
        --lane.blocks;
      }
    }
    load_turned(at, 0, m);
    compress(h, m, bytes, last);
    for (unsigned l = 0; l < kLanes; ++l) {
      if (!lanes[l].digest || last[l] == 0) continue;
      for (unsigned i = 0; i < kBlake2bDigest / 8; ++i) {
        const std::uint64_t word = h[i][l];
        std::memcpy(lanes[l].digest + 8 * i, &word, sizeof(word));
      }
      if (!fill(l)) --active;
    }
  }
  std::memset(last_blocks, 0, sizeof(last_blocks));
}

#undef SALVOR_INLINE

}  // namespace
}  // namespace salvor::crypto::kernel
