#include "snapshot/expire.h"

#include <gmock/gmock.h>

#include "repo/create.h"
#include "repo/manifest_writer.h"
#include "store/memory.h"

namespace salvor::snapshot {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Source kOurs{"host", "user", "/a"}, kOther{"host", "user", "/b"};

struct Expiring : ::testing::Test {
  void SetUp() override {
    auto created = repo::create_repository(storage, repo::BlobLayout::flat, {}, os::Secret("correct horse"),
                                           {"user", "host"}, clock, rng, {});
    ASSERT_TRUE(created.ok()) << to_string(created.error());
    repository = *std::move(created);
  }
  std::string put(repo::Labels labels, std::string data) {
    const auto contents = *repo::ContentWriter::create(*repository, {.user = "user", .host = "host"}, clock, rng);
    std::string id = *repo::put_manifest(*contents, std::move(labels), std::move(data), clock, rng, {});
    EXPECT_TRUE(contents->flush({}).ok());
    EXPECT_TRUE(repository->refresh({}).ok());
    clock.advance(1min);
    return id;
  }
  std::string save(const Source& source, std::vector<std::string> pins = {}) {
    Manifest manifest{.source = source, .start = clock.now(), .end = clock.now(), .stats = {}, .pins = std::move(pins)};
    return put(*labels_of(manifest), encode(manifest));
  }
  void set_policy(const Source& source, const std::string& json) {
    put({{"type", "policy"},
         {"policyType", "path"},
         {"hostname", source.host},
         {"username", source.user},
         {"path", source.path}},
        json);
  }
  std::vector<std::string> left() {
    EXPECT_TRUE(repository->refresh({}).ok());
    std::vector<std::string> ids;
    const Snapshots found = *list_snapshots(*repository, {}, {});
    for (const Manifest& one : found.all) ids.push_back(one.id);
    return ids;
  }

  FakeClock clock{Time(std::chrono::hours(24 * 365 * 50))};
  SeededRng rng{1};
  store::MemoryStorage storage{clock};
  std::unique_ptr<repo::Repository> repository;
};

TEST_F(Expiring, RemovesWhatNoPolicyKeepsAndLeavesPinsAndOtherSources) {
  set_policy(kOurs, R"({"retention":{"keepLatest":1},"noParent":true})");
  const std::string pinned = save(kOurs, {"pin"}), old = save(kOurs), other = save(kOther), latest = save(kOurs);
  const ExpirePlan plan = *plan_expiry(*repository, {}, {});
  ASSERT_EQ(plan.sources.size(), 2U);
  EXPECT_FALSE(plan.sources[0].snapshots[0].goes()) << "it has a pin";
  EXPECT_TRUE(plan.sources[0].snapshots[1].goes());
  EXPECT_THAT(plan.sources[0].snapshots[2].reasons, ElementsAre("latest-1"));
  EXPECT_THAT(left(), ElementsAre(pinned, old, other, latest));
  EXPECT_EQ(*expire(*repository, plan, kOurs, clock, rng, {}), 1U);
  EXPECT_THAT(left(), ElementsAre(pinned, other, latest));
  EXPECT_EQ(*expire(*repository, plan, kOurs, clock, rng, {}), 0U) << "it is gone already";
}

TEST_F(Expiring, RemovesNothingOfASourceWhosePolicyCannotBeRead) {
  set_policy(kOurs, R"({"retention":5})");
  const std::string one = save(kOurs), two = save(kOurs);
  const ExpirePlan plan = *plan_expiry(*repository, kOurs, {});
  ASSERT_EQ(plan.sources.size(), 1U);
  EXPECT_NE(plan.sources[0].damage, "");
  EXPECT_EQ(*expire(*repository, plan, kOurs, clock, rng, {}), 0U);
  EXPECT_THAT(left(), ElementsAre(one, two));
}

TEST_F(Expiring, LeavesSnapshotsThatCannotBeReadAsTheyAre) {
  const std::string one = save(kOurs);
  put(labels_of(kOurs), R"({"startTime":5})");
  const ExpirePlan plan = *plan_expiry(*repository, {}, {});
  EXPECT_EQ(plan.damaged.size(), 1U);
  EXPECT_EQ(plan.sources.size(), 1U);
  EXPECT_EQ(*expire(*repository, plan, kOurs, clock, rng, {}), 0U);
  EXPECT_THAT(left(), ElementsAre(one));
}

}  // namespace
}  // namespace salvor::snapshot
