#include "base/rng.h"

#include <gtest/gtest.h>

#include <array>
#include <regex>
#include <set>

namespace salvor {
namespace {

TEST(SeededRng, RepeatsItselfAndDiffersBySeed) {
  SeededRng first(7), second(7), other(8);
  const std::string text = first.hex(32);
  EXPECT_EQ(second.hex(32), text);
  EXPECT_NE(other.hex(32), text);
}

// A seed in a bug report must mean the same numbers on every machine.
TEST(SeededRng, GivesTheSameBytesEverywhere) {
  SeededRng rng(5489);  // mt19937_64's default seed; its first output is 14514284786278117030
  Bytes byte(1);
  rng.fill(byte);
  EXPECT_EQ(byte[0], static_cast<std::byte>(14514284786278117030ull & 0xff));
}

TEST(BufferedRng, PassesTheOthersBytesOnEachOnce) {
  SeededRng other(3), plain(3);
  BufferedRng rng(other);
  std::set<std::string> seen;
  for (int i = 0; i < 2000; ++i) EXPECT_TRUE(seen.insert(rng.hex(12)).second);
  EXPECT_TRUE(seen.contains(plain.hex(12)));
  EXPECT_EQ(rng.hex(5000).size(), 10'000U);
}

TEST(Rng, BelowStaysBelowAndReachesAll) {
  SeededRng rng(1);
  std::array<int, 7> hits{};
  for (int i = 0; i < 7000; ++i) ++hits[rng.below(7)];
  for (const int count : hits) EXPECT_NEAR(count, 1000, 200);
  EXPECT_EQ(rng.below(1), 0u);
  for (int i = 0; i < 100; ++i) EXPECT_LT(rng.below(UINT64_MAX), UINT64_MAX);
}

TEST(RngDeathTest, BelowZeroIsAPromiseBroken) { EXPECT_DEATH(SeededRng(1).below(0), "internal error"); }

TEST(Rng, UuidsHaveTheirForm) {
  SystemRng rng;
  const std::regex form("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string uuid = rng.uuid();
    EXPECT_TRUE(std::regex_match(uuid, form)) << uuid;
    EXPECT_TRUE(seen.insert(uuid).second);
  }
}

TEST(SystemRng, FillsMoreThanTheKernelGivesAtOnce) {
  Bytes bytes(100'000, std::byte{0});
  SystemRng().fill(bytes);
  EXPECT_NE(std::set<std::byte>(bytes.end() - 1000, bytes.end()).size(), 1u);
}

}  // namespace
}  // namespace salvor
