#include "repo/ecc.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "base/rng.h"
#include "base/sanitized_testing.h"
#include "codec/samples_testing.h"
#include "repo/golden_testing.h"

namespace salvor::repo {
namespace {

using codec::sample_noise;

struct Golden {
  int percent;
  std::size_t size;
  std::size_t stored_size;
  std::string_view hash;  // of what is stored, the first eight bytes of SHA-256
};

// By ReedSolomonCrcECC.Encrypt of kopia 0.23.1 from sample_noise(size).
constexpr Golden kGolden[] = {
    {1, 0, 40, "93c9f7658bd61229"},          {1, 1, 40, "67ac775a11095e2e"},
    {1, 9, 56, "cf93d85215409043"},          {1, 20, 64, "70bfa349c66d5841"},
    {1, 100, 176, "880cbb70002d0070"},       {1, 1000, 1376, "6ff88716c3d1b5fa"},
    {1, 1500, 2040, "39b487287c64ede1"},     {1, 7000, 8192, "67e15641f29c0f50"},
    {1, 20000, 21248, "55b32709c1db42da"},   {1, 150000, 152320, "9f771f031b62e5d3"},
    {2, 0, 40, "93c9f7658bd61229"},          {2, 1, 40, "67ac775a11095e2e"},
    {2, 9, 56, "cf93d85215409043"},          {2, 20, 64, "70bfa349c66d5841"},
    {2, 100, 176, "880cbb70002d0070"},       {2, 1000, 1376, "6ff88716c3d1b5fa"},
    {2, 1500, 2324, "1d9f6843486e7ed4"},     {2, 7000, 7802, "82ecf5916addfdb5"},
    {2, 20000, 20916, "3b84f07c16f68010"},   {2, 150000, 153240, "99375cd9bfb27dd4"},
    {5, 0, 40, "93c9f7658bd61229"},          {5, 1, 40, "67ac775a11095e2e"},
    {5, 9, 56, "cf93d85215409043"},          {5, 20, 64, "70bfa349c66d5841"},
    {5, 100, 176, "880cbb70002d0070"},       {5, 1000, 1376, "6ff88716c3d1b5fa"},
    {5, 1500, 2080, "9f867d56240c6e60"},     {5, 7000, 7670, "a867886496bdb38b"},
    {5, 20000, 21160, "b997dae26d563f4d"},   {5, 150000, 157332, "f023d8a3b9bf12d8"},
    {10, 0, 40, "93c9f7658bd61229"},         {10, 1, 40, "67ac775a11095e2e"},
    {10, 9, 56, "cf93d85215409043"},         {10, 20, 64, "70bfa349c66d5841"},
    {10, 100, 176, "880cbb70002d0070"},      {10, 1000, 1376, "6ff88716c3d1b5fa"},
    {10, 1500, 2112, "23abfa6a933225e6"},    {10, 7000, 7788, "3239f4de40bca233"},
    {10, 20000, 22072, "5c7ee9a3b573767d"},  {10, 150000, 164548, "b9b9b91562a7fc1b"},
    {50, 0, 40, "93c9f7658bd61229"},         {50, 1, 40, "67ac775a11095e2e"},
    {50, 9, 56, "cf93d85215409043"},         {50, 20, 64, "70bfa349c66d5841"},
    {50, 100, 176, "880cbb70002d0070"},      {50, 1000, 1376, "6ff88716c3d1b5fa"},
    {50, 1500, 2944, "eea0bcfa639ab05d"},    {50, 7000, 10856, "c59e2365e8ee9fa4"},
    {50, 20000, 32680, "273d258fab3cb0f3"},  {50, 150000, 231732, "cf19a98c1346a705"},
    {100, 0, 40, "93c9f7658bd61229"},        {100, 1, 40, "67ac775a11095e2e"},
    {100, 9, 56, "cf93d85215409043"},        {100, 20, 64, "70bfa349c66d5841"},
    {100, 100, 176, "880cbb70002d0070"},     {100, 1000, 1376, "6ff88716c3d1b5fa"},
    {100, 1500, 2040, "39b487287c64ede1"},   {100, 7000, 14632, "0d70aa30fd2631e6"},
    {100, 20000, 45736, "e22fa9cb27cc71d9"}, {100, 150000, 314420, "c5dbfde2cf1f8c80"},
};

ReedSolomonCrc32 ecc(int percent) { return *ReedSolomonCrc32::create(percent); }

Bytes flipped(Bytes bytes, std::size_t at) {
  bytes[at] ^= std::byte{0x10};
  return bytes;
}

TEST(Ecc, WritesTheBytesOfStock) {
  for (const Golden& golden : kGolden) {
    const auto stored = ecc(golden.percent).encode(sample_noise(golden.size));
    ASSERT_TRUE(stored.ok());
    EXPECT_EQ(stored->size(), golden.stored_size) << golden.percent << " " << golden.size;
    EXPECT_EQ(sha256_hex(*stored).substr(0, 16), golden.hash) << golden.percent << " " << golden.size;
  }
  EXPECT_EQ(
      to_hex(*ecc(10).encode(sample_noise(9))),
      "2243479ac95d21b4f0a7f08b154eff41d9120000001099dd8e092ec5b03b7bf0fe3c170dcc0b21045abd3bdd4d35b10000ff41d91200"
      "0000");
}

TEST(Ecc, ReadsWhatItWroteAtEverySize) {
  for (const int percent : {1, 2, 3, 4, 6, 7, 11, 100}) {
    const ReedSolomonCrc32 code = ecc(percent);
    for (std::size_t size = 0; size < 40'000; size = size < 300 ? size + 1 : size * 9 / 8 + 1) {
      const Bytes data = sample_noise(size);
      EXPECT_EQ(*code.decode(*code.encode(data)), data) << percent << " " << size;
    }
  }
}

// The threshold at which a message gets another shape is where sizes go wrong.
TEST(Ecc, ReadsWhatItWroteAroundTheThresholds) {
  for (int percent = 1; percent <= 100; percent += percent < 12 ? 1 : 11) {
    const ReedSolomonCrc32 code = ecc(percent);
    std::size_t before = 0;
    for (std::size_t size = 1000; size < 3000; size += kIsSanitized ? 7 : 1) {
      const Bytes data = sample_noise(size);
      const Bytes stored = *code.encode(data);
      EXPECT_GE(stored.size(), before);
      before = stored.size();
      if (size % 7 == 6) {
        EXPECT_EQ(*code.decode(stored), data) << percent << " " << size;
      }
    }
  }
}

TEST(Ecc, MendsEveryFlippedByte) {
  const ReedSolomonCrc32 code = ecc(10);
  for (const std::size_t size : {0, 1, 9, 100}) {
    const Bytes data = sample_noise(size);
    const Bytes stored = *code.encode(data);
    for (std::size_t at = 0; at < stored.size(); ++at) EXPECT_EQ(*code.decode(flipped(stored, at)), data) << at;
  }
  SeededRng rng(4);
  for (const std::size_t size : {5000, 20'000, 100'000}) {
    const Bytes data = sample_noise(size);
    const Bytes stored = *code.encode(data);
    for (int i = 0; i < 200; ++i) EXPECT_EQ(*code.decode(flipped(stored, rng.below(stored.size()))), data);
    EXPECT_EQ(*code.decode(flipped(stored, stored.size() - 1)), data);
  }
}

// 10 %: blocks of 128 data and 4 parity shards of 64 bytes.
TEST(Ecc, MendsAsManyShardsOfABlockAsItHasParityAndNoMore) {
  const ReedSolomonCrc32 code = ecc(10);
  constexpr std::size_t kShard = 4 + 64, kParity = 3 * 4 * kShard;
  const Bytes data = sample_noise(20'000);
  Bytes stored = *code.encode(data);
  for (const std::size_t shard : {0, 1, 64, 127}) stored = flipped(stored, kParity + shard * kShard + 7);
  EXPECT_EQ(*code.decode(stored), data);
  const Bytes fifth = flipped(stored, kParity + 2 * kShard);
  EXPECT_EQ(code.decode(fifth).error().code(), Code::corrupt);
  const Bytes other_block = flipped(stored, kParity + (128 + 2) * kShard);
  EXPECT_EQ(*code.decode(other_block), data);
  const Bytes lost_parity = flipped(stored, 2 * kShard);
  EXPECT_EQ(code.decode(lost_parity).error().code(), Code::corrupt);
}

TEST(Ecc, RefusesEveryTruncation) {
  const ReedSolomonCrc32 code = ecc(50);
  for (const std::size_t size : {0, 9, 100, 2000, 9000}) {
    const Bytes data = sample_noise(size);
    const Bytes stored = *code.encode(data);
    for (std::size_t cut = 0; cut < stored.size(); cut += stored.size() < 300 ? 1 : 97) {
      const auto read = code.decode(ByteView(stored).first(cut));
      ASSERT_FALSE(read.ok()) << size << " " << cut;
      EXPECT_EQ(read.error().code(), Code::corrupt);
    }
  }
}

TEST(Ecc, RefusesPercentagesThatAreNone) {
  for (const int percent : {-1, 0, 101}) EXPECT_EQ(ReedSolomonCrc32::create(percent).error().code(), Code::invalid);
}

}  // namespace
}  // namespace salvor::repo
