#include "crypto/blake2b_lanes.h"

#include <string.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "base/check.h"

namespace salvor::crypto {
namespace {

constexpr std::size_t kMostKeyBytes = 64;
constexpr std::uint64_t kInitial[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
                                       0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};

#ifdef __x86_64__
bool has_avx512() { return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl"); }
bool has_avx2() { return __builtin_cpu_supports("avx2"); }
#endif

Blake2bForm fastest_form() {
  static const Blake2bForm fastest = blake2b_forms().back().second;
  return fastest;
}

}  // namespace

Result<Blake2bLanes> Blake2bLanes::create(ByteView key) {
  if (key.size() > kMostKeyBytes) {
    return Error(Code::invalid, "a key of " + std::to_string(key.size()) +
                                    " bytes is none for BLAKE2b, which takes at most " + std::to_string(kMostKeyBytes));
  }
  Blake2bLanes lanes;
  Blake2bStart& start = lanes.start_;
  start.has_key = !key.empty();
  std::ranges::copy(kInitial, start.without_key);
  // The parameter block: lengths of digest and key, fanout 1, depth 1.
  start.without_key[0] ^= 0x01010000U ^ (key.size() << 8) ^ kBlake2bDigest;
  std::ranges::copy(start.without_key, start.behind_key);
  if (start.has_key) {
    std::ranges::transform(key, start.key_block, [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
    kernel::blake2b_block(start.behind_key, start.key_block, kBlake2bBlock);
  }
  return lanes;
}

Blake2bLanes::~Blake2bLanes() { ::explicit_bzero(&start_, sizeof(start_)); }

std::vector<std::pair<const char*, Blake2bForm>> blake2b_forms() {
  std::vector<std::pair<const char*, Blake2bForm>> forms{{"portable", kernel::blake2b_portable}};
#ifdef __x86_64__
  if (has_avx2()) forms.emplace_back("AVX2", kernel::blake2b_avx2);
  if (has_avx512()) forms.emplace_back("AVX-512", kernel::blake2b_avx512);
#endif
  return forms;
}

void Blake2bLanes::hash(std::span<const ByteView> messages, std::span<Digest> digests) const {
  hash_with(fastest_form(), messages, digests);
}

void Blake2bLanes::hash_with(Blake2bForm form, std::span<const ByteView> messages, std::span<Digest> digests) const {
  CHECK(messages.size() == digests.size());
  std::vector<Blake2bMessage> all(messages.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] = {reinterpret_cast<const std::uint8_t*>(messages[i].data()), messages[i].size(),
              reinterpret_cast<std::uint8_t*>(digests[i].data())};
  }
  // The longest first: then the lanes end at about the same time.
  std::ranges::sort(all, std::greater(), &Blake2bMessage::size);
  form(start_, all.data(), all.size());
}

std::size_t Blake2bLanes::worthwhile() {
#ifdef __x86_64__
  if (has_avx512()) return 2;
  if (has_avx2()) return 3;
#endif
  return 4;
}

}  // namespace salvor::crypto
