#include "repo/splitter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/hex.h"
#include "base/rng.h"
#include "base/sanitized_testing.h"
#include "base/units.h"
#include "crypto/sha256.h"
#include "repo/buzhash_scan.h"
#include "repo/rolling_hash.h"
#include "repo/sample_testing.h"

namespace salvor::repo {
namespace {

std::unique_ptr<Splitter> splitter(std::string_view name) { return std::move(make_splitter(name)).value(); }

// The sizes of the chunks; `next_piece` says how long the next piece is.
template <class NextPiece>
std::vector<std::size_t> chunks_of(Splitter& splitter, ByteView object, NextPiece next_piece) {
  std::vector<std::size_t> chunks;
  std::size_t filled = 0;
  splitter.restart();
  while (!object.empty()) {
    ByteView piece = object.first(std::min<std::size_t>(object.size(), next_piece()));
    object = object.subspan(piece.size());
    while (!piece.empty()) {
      const auto cut = splitter.next_cut(piece);
      const std::size_t taken = cut.value_or(piece.size());
      EXPECT_TRUE(taken > 0 && taken <= piece.size());
      filled += taken;
      piece = piece.subspan(taken);
      if (!cut) continue;
      chunks.push_back(filled);
      filled = 0;
    }
  }
  if (filled > 0) chunks.push_back(filled);
  return chunks;
}

std::vector<std::size_t> chunks_of(std::string_view name, ByteView object) {
  return chunks_of(*splitter(name), object, [] { return kGiB; });
}

// One size a line, hashed; the first half of the digest.
std::string digest_of(const std::vector<std::size_t>& chunks) {
  std::string text;
  for (const std::size_t chunk : chunks) text += std::to_string(chunk) + '\n';
  return to_hex(crypto::sha256(as_bytes(text))).substr(0, 16);
}

// The letters a and b, by the upper bit of the generator of sample_bytes from 7 on: little to hash, many repetitions.
Bytes two_letters(std::size_t size) {
  Bytes bytes(size);
  std::uint64_t x = 7;
  for (std::byte& byte : bytes) {
    x = x * 6364136223846793005U + 1442695040888963407U;
    byte = x >> 63 == 0 ? std::byte{'a'} : std::byte{'b'};
  }
  return bytes;
}

struct Cuts {
  std::string name;
  std::size_t chunks;
  std::string of_sample, of_letters, of_zeros;
  std::size_t max_chunk_bytes;
};

// kopia's splitter.GetFactory(name)().NextSplitPoint: how many chunks sample_bytes(20 MiB) makes, and the digests of
// the chunks of that, of two_letters(8 MiB) and of 6 MiB of zeros.
const Cuts kCuts[] = {
    {"DYNAMIC", 5, "5ec1f6b952bdaf48", "22ee405617f143f8", "f5634abfa814de24", 8388608},
    {"DYNAMIC-128K-BUZHASH", 124, "65ca81516fbc0144", "ec54cff1e3ee9242", "5b934b161129fe67", 262144},
    {"DYNAMIC-128K-RABINKARP", 125, "89041de937213e39", "1bdffe0e42b6d4b3", "5b934b161129fe67", 262144},
    {"DYNAMIC-1M-BUZHASH", 14, "fec8442f9da9e781", "b6e0c8ed03d921f7", "81eef987bbee3116", 2097152},
    {"DYNAMIC-1M-RABINKARP", 17, "3c1ccd7c5e9f4455", "8d51d37e9b39f031", "81eef987bbee3116", 2097152},
    {"DYNAMIC-256K-BUZHASH", 58, "55c53110025a8434", "8ace1b1d9d7a4299", "38585673dde4e9fd", 524288},
    {"DYNAMIC-256K-RABINKARP", 68, "fd2eb49202ef780e", "66d099604f58baaf", "38585673dde4e9fd", 524288},
    {"DYNAMIC-2M-BUZHASH", 8, "7a4fcd656f390c35", "f06e0be429e0b34d", "635fa053c8b3293e", 4194304},
    {"DYNAMIC-2M-RABINKARP", 8, "f1f2766b079a09ca", "7ef57cd05d9c5f74", "635fa053c8b3293e", 4194304},
    {"DYNAMIC-4M-BUZHASH", 5, "5ec1f6b952bdaf48", "22ee405617f143f8", "f5634abfa814de24", 8388608},
    {"DYNAMIC-4M-RABINKARP", 4, "85c4686485ac548a", "22ee405617f143f8", "f5634abfa814de24", 8388608},
    {"DYNAMIC-512K-BUZHASH", 32, "909aa8235e595908", "987f858a35a261e0", "e689c519b73aefec", 1048576},
    {"DYNAMIC-512K-RABINKARP", 32, "4292bf353fa74719", "4785dac7fca21b08", "e689c519b73aefec", 1048576},
    {"DYNAMIC-8M-BUZHASH", 2, "dd6c7972947b9a8b", "22ee405617f143f8", "ad75f2bd93b41aa9", 16777216},
    {"DYNAMIC-8M-RABINKARP", 2, "42bd27163b5e97f3", "22ee405617f143f8", "ad75f2bd93b41aa9", 16777216},
    {"FIXED", 5, "c52de94e0537b225", "f06e0be429e0b34d", "ad75f2bd93b41aa9", 4194304},
    {"FIXED-128K", 160, "2564b79105e5b118", "f3f698ac92db321e", "38585673dde4e9fd", 131072},
    {"FIXED-1M", 20, "398bb4eedd375893", "c54bf1bf32938b20", "635fa053c8b3293e", 1048576},
    {"FIXED-256K", 80, "98e5d43e0547021f", "27f35eacca1f9c57", "e689c519b73aefec", 262144},
    {"FIXED-2M", 10, "e8d5d7d0821c321e", "549004d6c647316e", "f5634abfa814de24", 2097152},
    {"FIXED-4M", 5, "c52de94e0537b225", "f06e0be429e0b34d", "ad75f2bd93b41aa9", 4194304},
    {"FIXED-512K", 40, "ce47566c7a5871db", "2c0f714e8cf5829b", "81eef987bbee3116", 524288},
    {"FIXED-8M", 3, "da1de9c5ff285510", "22ee405617f143f8", "1f8be42d620b99ca", 8388608},
};

TEST(Splitter, CutsWhereKopiaDoes) {
  const Bytes sample = sample_bytes(20 * kMiB), letters = two_letters(8 * kMiB), zeros(6 * kMiB, std::byte{});
  for (std::size_t i = 0; i < std::size(kCuts); i += kIsSanitized ? 5 : 1) {
    const Cuts& cuts = kCuts[i];
    const std::vector<std::size_t> chunks = chunks_of(cuts.name, sample);
    EXPECT_EQ(chunks.size(), cuts.chunks) << cuts.name;
    EXPECT_EQ(digest_of(chunks), cuts.of_sample) << cuts.name;
    EXPECT_EQ(digest_of(chunks_of(cuts.name, letters)), cuts.of_letters) << cuts.name;
    EXPECT_EQ(digest_of(chunks_of(cuts.name, zeros)), cuts.of_zeros) << cuts.name;
    EXPECT_EQ(splitter(cuts.name)->max_chunk_bytes(), cuts.max_chunk_bytes) << cuts.name;
  }
}

// What is left of an object's chunks when only its first `size` bytes are there.
std::vector<std::size_t> cut_off(std::vector<std::size_t> chunks, std::size_t size) {
  std::vector<std::size_t> left;
  for (const std::size_t chunk : chunks) {
    if (size == 0) break;
    left.push_back(std::min(chunk, size));
    size -= left.back();
  }
  return left;
}

// The same function, all sizes; sanitized, which is slow, only the beginning.
TEST(Splitter, CutsAnObjectOf64MiBWhereKopiaDoes) {
  const Bytes sample = sample_bytes((kIsSanitized ? 8 : 64) * kMiB);
  EXPECT_EQ(chunks_of("DYNAMIC-4M-BUZHASH", sample),
            cut_off({2613932, 4740655, 8388608, 3271909, 4066666, 2813014, 8388608, 8388608, 2678066, 3102329, 7446563,
                     8388608, 2663824, 157474},
                    sample.size()));
  EXPECT_EQ(chunks_of("DYNAMIC-4M-RABINKARP", sample), cut_off({3159006, 7102386, 8388608, 5863389, 2804411, 6270518,
                                                                7899090, 8388608, 3048669, 5303181, 2638964, 6242034},
                                                               sample.size()));
}

TEST(Splitter, CutsInTheSamePlacesHoweverTheObjectComes) {
  const Bytes sample = sample_bytes(kIsSanitized ? kMiB : 3 * kMiB);
  SeededRng rng(5);
  for (const char* name : {"FIXED-128K", "DYNAMIC-128K-BUZHASH", "DYNAMIC-256K-RABINKARP"}) {
    const std::vector<std::size_t> whole = chunks_of(name, sample);
    const auto one = splitter(name);
    for (const std::uint64_t most : {2, 63, 64, 65, 1'000, 200'000}) {
      EXPECT_EQ(chunks_of(*one, sample, [&] { return 1 + rng.below(most); }), whole) << name << " " << most;
    }
  }
}

// Every match, from every beginning within a vector, and by the way for processors without one, too.
TEST(Splitter, FindsTheSamePlacesByEveryWay) {
  constexpr std::uint32_t kMask = 0x3f;
  const Bytes sample = sample_bytes(20'000);
  const auto* data = reinterpret_cast<const std::uint8_t*>(sample.data());
  std::vector<std::size_t> one_by_one;
  std::uint32_t value = window_value<Buzhash>(data + kRollingWindow);
  for (std::size_t at = kRollingWindow; at < sample.size(); ++at) {
    value = Buzhash::roll(value, data[at - kRollingWindow], data[at]);
    if ((value & kMask) == 0) one_by_one.push_back(at);
  }
  ASSERT_GT(one_by_one.size(), 200U);
  const auto next = [&](std::size_t from) {
    const auto at = std::ranges::lower_bound(one_by_one, from);
    return at == one_by_one.end() ? sample.size() : *at;
  };
  for (std::size_t from = kRollingWindow; from < sample.size(); from += from < 300 ? 1 : 97) {
    EXPECT_EQ(first_match<Buzhash>(data, from, sample.size(), kMask), next(from)) << from;
    if (!has_buzhash_scan()) continue;
    std::size_t scanned = from;
    const std::size_t match = scan_buzhash(data, scanned, sample.size(), kMask);
    if (match < sample.size()) {
      EXPECT_EQ(match, next(from)) << from;
    } else {
      EXPECT_GE(next(from), scanned) << from;
      EXPECT_LT(sample.size() - scanned, kRollingWindow) << from;
    }
  }
}

TEST(Splitter, TakesAnEmptyPieceForNothing) {
  for (const char* name : {"FIXED-128K", "DYNAMIC-128K-BUZHASH", "DYNAMIC-128K-RABINKARP"}) {
    const auto one = splitter(name);
    EXPECT_FALSE(one->next_cut({}));
    EXPECT_FALSE(one->next_cut(sample_bytes(1000)));
    EXPECT_FALSE(one->next_cut({}));
  }
}

TEST(Splitter, BeginsAnObjectAsIfThereWereNoneBefore) {
  const Bytes sample = sample_bytes(kMiB);
  for (const char* name : {"FIXED-128K", "DYNAMIC-128K-BUZHASH", "DYNAMIC-128K-RABINKARP"}) {
    const auto one = splitter(name);
    const std::vector<std::size_t> whole = chunks_of(name, sample);
    EXPECT_FALSE(one->next_cut(ByteView(sample).first(777)));
    EXPECT_EQ(chunks_of(*one, sample, [] { return kGiB; }), whole);
  }
}

TEST(Splitter, WithoutANameIsFixed) { EXPECT_EQ(splitter("")->max_chunk_bytes(), 4 * kMiB); }

TEST(Splitter, SaysWhatItDoesNotOffer) {
  for (const char* name : {"FIXED-", "FIXED-3M", "DYNAMIC-4M", "DYNAMIC--BUZHASH", "DYNAMIC-BUZHASH",
                           "DYNAMIC-4M-RABIN", "fixed-4m", "FIXED-4M-BUZHASH"}) {
    const auto none = make_splitter(name);
    ASSERT_FALSE(none.ok()) << name;
    EXPECT_EQ(none.error().code(), Code::unsupported);
    EXPECT_NE(none.error().message().find(name), std::string::npos);
  }
}

}  // namespace
}  // namespace salvor::repo
