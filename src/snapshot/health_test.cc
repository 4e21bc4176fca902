#include "snapshot/health.h"

#include <gtest/gtest.h>

#include "snapshot/remove.h"
#include "snapshot/repository_testing.h"

namespace salvor::snapshot {
namespace {

TEST(HealthOf, ARepositoryCountsWhatIsSharedOnceAndWhatNothingNeeds) {
  TestRepository repository;
  const std::string big = repository.random_text(100'000);
  const Manifest first = repository.save({{"a/big", big}, {"b/same", big}});
  repository.save({{"a/big", big}, {"c", repository.random_text(40'000)}});
  const auto opened = repository.open();
  const Health health = *look_at_health(*opened, 2, {});
  EXPECT_EQ(health.snapshots, 2U);
  EXPECT_EQ(health.logical_bytes, 340'000U);
  EXPECT_EQ(health.data.contents, 2U);
  EXPECT_EQ(health.data.original_bytes, 140'000U);
  EXPECT_NEAR(health.deduplication(), 340.0 / 140, 0.001);
  EXPECT_EQ(health.unneeded.contents, 0U);
  EXPECT_EQ(health.lost_contents, 0U);
  EXPECT_EQ(health.dead_packs, 0U);
  EXPECT_GT(health.pack_bytes, health.data.packed_bytes + health.metadata.packed_bytes);

  repository.clock.advance(std::chrono::minutes(1));
  ASSERT_TRUE(remove_snapshots(*opened, std::vector{first.id}, Missing::refused, "user", "host", repository.clock,
                               repository.rng, {})
                  .ok());
  const Health after = *look_at_health(*repository.open(), 2, {});
  EXPECT_EQ(after.snapshots, 1U);
  EXPECT_EQ(after.unneeded.contents, 2U);  // the first root and "b"; both have "a" and the big file
  EXPECT_EQ(after.data.contents, 2U);
}

TEST(HealthOf, ARepositoryThatLostAPackSaysSo) {
  TestRepository repository;
  const Manifest snapshot = repository.save({{"a/b", repository.random_text(1000)}});
  repository.remove(std::string(repository.content_of(snapshot, "a").pack_blob_id));
  EXPECT_GT(look_at_health(*repository.open(), 1, {})->lost_contents, 0U);
}

}  // namespace
}  // namespace salvor::snapshot
