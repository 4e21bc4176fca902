#include "repo/short_packs.h"

#include <gmock/gmock.h>

namespace salvor::repo {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

PackUse use(std::string_view pack, std::uint64_t bytes, std::uint64_t end) { return {pack, {1, bytes}, end}; }

std::vector<std::string> names(const std::vector<PackUse>& uses) {
  std::vector<std::string> all;
  for (const PackUse& one : uses) all.emplace_back(one.pack);
  return all;
}

TEST(ShortPacks, AreThoseThatHoldLessThanSixtyPercentWhenThereAreTwoOfAKind) {
  EXPECT_THAT(names(short_packs(std::vector{use("p1", 59, 100), use("p2", 60, 100), use("p3", 10, 12)}, 100)),
              ElementsAre("p1", "p3"));
  EXPECT_THAT(names(short_packs(std::vector{use("p1", 59, 60), use("q1", 59, 60), use("q2", 1, 1)}, 100)),
              ElementsAre("q1", "q2"));
  EXPECT_THAT(short_packs({}, 100), IsEmpty());
}

TEST(ShortPacks, OneAloneIsRewrittenWhenThatFreesMuchOfIt) {
  EXPECT_THAT(short_packs(std::vector{use("p1", 30, 50)}, 100), IsEmpty());
  EXPECT_THAT(names(short_packs(std::vector{use("p1", 29, 50)}, 100)), ElementsAre("p1"));
}

}  // namespace
}  // namespace salvor::repo
