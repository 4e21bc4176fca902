#include "repo/id_set.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "base/rng.h"
#include "base/sanitized_testing.h"

namespace salvor::repo {
namespace {

// Hashes that begin alike, so that many have one home.
ContentId crowded_id(Rng& rng) {
  Bytes hash(16, std::byte{0});
  hash[0] = static_cast<std::byte>(rng.below(4));
  hash[15] = static_cast<std::byte>(rng.below(64));
  hash[14] = static_cast<std::byte>(rng.below(8));
  return ContentId::from_hash(rng.below(2) == 0 ? 0 : 'k', hash).value();
}

TEST(IdSet, HoldsWhatAPlainSetHolds) {
  SeededRng rng(1);
  IdSet ids;
  std::set<ContentId> plain;
  for (int step = 0; step < (kIsSanitized ? 4'000 : 20'000); ++step) {
    const ContentId id = crowded_id(rng);
    if (rng.below(3) > 0) {
      EXPECT_EQ(ids.insert(id), plain.insert(id).second);
    } else {
      ids.erase(id);
      plain.erase(id);
    }
    EXPECT_EQ(ids.size(), plain.size());
    const ContentId other = crowded_id(rng);
    EXPECT_EQ(ids.contains(other), plain.contains(other));
  }
  EXPECT_GT(plain.size(), kIsSanitized ? 500U : 1000U);
  for (const ContentId& id : plain) EXPECT_TRUE(ids.contains(id));
}

TEST(IdSet, WhenAllAreErasedAnotherLengthMayCome) {
  IdSet ids;
  const ContentId shorter = ContentId::from_hash(0, Bytes(16, std::byte{1})).value(),
                  longer = ContentId::from_hash(0, Bytes(32, std::byte{1})).value();
  EXPECT_FALSE(ids.contains(shorter));
  ids.erase(shorter);
  EXPECT_TRUE(ids.insert(shorter));
  EXPECT_FALSE(ids.contains(longer));
  ids.erase(shorter);
  EXPECT_TRUE(ids.insert(longer));
  ids.clear();
  EXPECT_EQ(ids.size(), 0U);
}

}  // namespace
}  // namespace salvor::repo
