#include "snapshot/remove.h"

#include <gmock/gmock.h>

#include "snapshot/repository_testing.h"
#include "snapshot/tree.h"

namespace salvor::snapshot {
namespace {

using ::testing::ElementsAre;

struct Removing : ::testing::Test {
  std::vector<std::string> ids() {
    const Snapshots snapshots = *list_snapshots(*repository.open(), {}, {});
    std::vector<std::string> all;
    for (const Manifest& one : snapshots.all) all.push_back(one.id);
    return all;
  }
  Result<std::size_t> remove(const std::vector<std::string>& gone) {
    return remove_snapshots(*repository.open(), gone, Missing::refused, "user", "host", repository.clock,
                            repository.rng, {});
  }
  TestRepository repository;
};

TEST_F(Removing, TakesTheNamedSnapshotsAndLeavesTheOthersWhole) {
  const Manifest first = repository.save({{"a", "1"}, {"b", "2"}}), second = repository.save({{"a", "1"}}),
                 third = repository.save({{"c", "3"}});
  ASSERT_TRUE(remove({first.id, third.id}).ok());
  EXPECT_THAT(ids(), ElementsAre(second.id));
  // Contents stay: maintenance decides about them.
  EXPECT_GT(repository.content_of(first, "b").packed_length, 0U);
}

TEST_F(Removing, WorksWhenTheClockStandsBehindTheSnapshot) {
  const Manifest ahead = repository.save({{"a", "1"}});
  repository.clock.advance(-std::chrono::hours(5));
  ASSERT_TRUE(remove({ahead.id}).ok());
  EXPECT_THAT(ids(), ElementsAre());
}

TEST_F(Removing, OfWhatIsNoSnapshotRemovesNothing) {
  const Manifest snapshot = repository.save({{"a", "1"}});
  const repo::ManifestSet manifests = *repository.open()->manifests({});
  const auto maintenance = manifests.find({{"type", "maintenance"}});
  ASSERT_EQ(maintenance.size(), 1U);
  for (const std::string& id : {std::string("0123456789abcdef"), maintenance[0]->id, std::string()}) {
    EXPECT_EQ(remove({snapshot.id, id}).error().code(), Code::not_found);
  }
  EXPECT_THAT(ids(), ElementsAre(snapshot.id));
}

}  // namespace
}  // namespace salvor::snapshot
