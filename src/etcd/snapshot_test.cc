#include "etcd/snapshot.h"

#include <gmock/gmock.h>

#include "etcd/compare.h"
#include "etcd/facts.h"
#include "etcd/hash_kv.h"
#include "etcd/history.h"
#include "etcd/inspect.h"
#include "etcd/newest.h"
#include "etcd/snapshot_testing.h"

namespace salvor::etcd {
namespace {

using testing::History;

History some_history() {
  History history;
  history.put("a", "1");
  history.put("b", "1");
  history.put("a", "2");
  history.erase("b");
  history.put("c", "1");
  return history;
}

bool is_intact(ByteView file) {
  const auto snapshot = testing::open(file);
  if (!snapshot.ok() || !(*snapshot)->has_trailer()) return false;
  if (!(*snapshot)->verify_trailer({}).ok()) return false;
  const auto found = inspect(**snapshot, {});
  return found.ok() && found->problem_count == 0;
}

std::string live_at(const Snapshot& snapshot, std::int64_t revision) {
  std::string text;
  const auto all = [](std::string_view) { return true; };
  const auto add = [&](const Change& change) -> Result<> {
    text += std::string(change.kv.key) + "=" + std::string(change.kv.value) + " ";
    return {};
  };
  EXPECT_TRUE(each_live(snapshot, revision, all, add, {}).ok());
  return text;
}

std::vector<std::string> problems_of(const History& history) {
  const Bytes file = history.database();
  return inspect(*testing::open(file).value(), {}).value().problems;
}

TEST(Snapshots, AreDamagedByEveryBitThatChanges) {
  const Bytes file = some_history().file();
  ASSERT_TRUE(is_intact(file));
  for (std::size_t i = 0; i < file.size(); ++i) {
    // All bits of the trailer and of the first meta page's beginning, and one of every third byte besides.
    const bool all = i < bbolt::kMetaBytes || i + 32 >= file.size();
    if (!all && i % 3 != 0) continue;
    for (unsigned bit = all ? 0 : i % 8; bit < (all ? 8 : i % 8 + 1); ++bit) {
      Bytes changed = file;
      changed[i] ^= static_cast<std::byte>(1U << bit);
      ASSERT_FALSE(is_intact(changed)) << "bit " << bit << " of byte " << i;
    }
  }
}

TEST(Snapshots, AreDamagedByEveryCutAndByWhatIsAppended) {
  const Bytes file = some_history().file();
  for (std::size_t size = 0; size < file.size(); size += size % 512 == 31 ? 1 : 31) {
    ASSERT_FALSE(is_intact(ByteView(file).first(size))) << size;
  }
  Bytes longer = file;
  append_zeros(longer, 512);
  EXPECT_FALSE(is_intact(longer));
}

TEST(Snapshots, KnowTheStateAtEachRevision) {
  const Bytes file = some_history().file();
  const auto snapshot = testing::open(file).value();
  EXPECT_EQ(live_at(*snapshot, 2), "a=1 ");
  EXPECT_EQ(live_at(*snapshot, 3), "a=1 b=1 ");
  EXPECT_EQ(live_at(*snapshot, 4), "b=1 a=2 ");
  EXPECT_EQ(live_at(*snapshot, kLatest), "a=2 c=1 ");
}

TEST(Snapshots, RefuseRevisionsThatTheyDoNotHave) {
  History history = some_history();
  history.compact(4);
  const Bytes file = history.file();
  const Span span = span_of(*testing::open(file).value()).value();
  EXPECT_EQ(span.compacted, 4);
  EXPECT_EQ(span.latest, 6);
  EXPECT_EQ(choose_revision(span, 0).value(), 6);
  EXPECT_EQ(choose_revision(span, 4).value(), 4);
  EXPECT_THAT(choose_revision(span, 3).error().message(), ::testing::HasSubstr("compacted"));
  EXPECT_THAT(choose_revision(span, 7).error().message(), ::testing::HasSubstr("newer"));
}

TEST(HashKv, IsTheSameBeforeAndAfterTheCompactionIsFinished) {
  for (std::int64_t at = 2; at <= 6; ++at) {
    History scheduled = some_history(), finished = some_history();
    scheduled.compact(at, false);
    finished.compact(at, true);
    const Bytes one = scheduled.file(), other = finished.file();
    for (std::int64_t revision = at; revision <= 6; ++revision) {
      EXPECT_EQ(hash_kv(*testing::open(one).value(), revision, {}).value().hash,
                hash_kv(*testing::open(other).value(), revision, {}).value().hash)
          << "compacted " << at << ", hashed " << revision;
    }
  }
}

TEST(Status, CountsLiveKeysAndEntries) {
  const Bytes file = some_history().file();
  const Inspection found = inspect(*testing::open(file).value(), {}).value();
  EXPECT_EQ(found.status.revision, 6);
  EXPECT_EQ(found.status.live_keys, 2U);
  EXPECT_EQ(found.status.entries, 5U);
  EXPECT_EQ(found.deletions, 1U);
  EXPECT_EQ(found.status.bytes, file.size() - 32);
}

TEST(Inspection, FindsWhatEtcdWouldStumbleOver) {
  const auto with = [](const char* bucket, const std::string& key, const std::string& value) {
    History history = some_history();
    history.buckets()[bucket][key] = value;
    return problems_of(history);
  };
  using ::testing::ElementsAre;
  using ::testing::HasSubstr;
  EXPECT_THAT(with("key", "short", ""), ElementsAre(HasSubstr("no revision")));
  EXPECT_THAT(with("key", revision_bytes({9, 0}), "\xff"), ElementsAre(HasSubstr("not readable")));
  EXPECT_THAT(with("key", revision_bytes({9, 0}), key_value_bytes({.key = "k", .mod_revision = 8})),
              ElementsAre(HasSubstr("another revision")));
  EXPECT_THAT(with("key", revision_bytes({9, 0}), key_value_bytes({.key = "k", .mod_revision = 9, .version = 1})),
              ElementsAre(HasSubstr("impossible history")));
  EXPECT_THAT(with("key", revision_bytes({9, 0}), key_value_bytes({.mod_revision = 9})),
              ElementsAre(HasSubstr("no key")));
  EXPECT_THAT(with("key", revision_bytes({9, 0}) + "t", key_value_bytes({.key = "k", .value = "v"})),
              ElementsAre(HasSubstr("no deletion")));
  EXPECT_THAT(with("meta", "consistent_index", "7"), ElementsAre(HasSubstr("eight bytes")));
  EXPECT_THAT(with("meta", "finishedCompactRev", "7"), ElementsAre(HasSubstr("no revision")));
  EXPECT_THAT(with("members", "8e9e05c52164694d", "{"), ElementsAre(HasSubstr("member")));
  EXPECT_TRUE(with("key", revision_bytes({9, 0}), "").empty()) << "what a bump of the revision leaves";
}

TEST(Inspection, FindsKeysWhoseLeaseDoesNotExist) {
  History history;
  history.buckets()["lease"][std::string(7, '\0') + "\x05"] = "";
  history.put("a", "1", 5);
  history.put("b", "1", 6);
  history.put("b", "2");
  history.put("c", "1", 6);
  history.erase("c");
  EXPECT_THAT(problems_of(history), ::testing::IsEmpty());
  history.put("d", "1", 6);
  EXPECT_THAT(problems_of(history), ::testing::ElementsAre(::testing::HasSubstr("revision 7 has a lease")));
}

TEST(Newest, HoldsManyKeys) {
  Newest newest;
  for (std::int64_t i = 1; i <= 5000; ++i) newest.put("key" + std::to_string(i % 1700), {{i, 0}, i % 5 == 0});
  std::uint64_t live = 0;
  for (std::int64_t i = 1; i <= 5000; ++i) {
    const bool is_last = i + 1700 > 5000;
    EXPECT_EQ(newest.is_newest("key" + std::to_string(i % 1700), {{i, 0}, i % 5 == 0}), is_last) << i;
    if (is_last && i % 5 != 0) ++live;
  }
  EXPECT_EQ(newest.live(), live);
}

TEST(Comparison, TellsWhatBecameOfEachKey) {
  History before = some_history(), after = some_history();
  after.put("d", "1");
  after.put("a", "3");
  after.erase("c");
  after.put("c", "2");
  before.put("e", "1");
  const Bytes one = before.file(), other = after.file();
  const auto was = testing::open(one).value(), is = testing::open(other).value();
  const auto all = [](std::string_view) { return true; };
  std::string text;
  const auto differences = compare({was.get(), kLatest}, {is.get(), kLatest}, all, {}).value();
  for (const Difference& difference : differences) {
    text += difference.key + " " + std::string(to_string(difference.what)) + ", ";
  }
  EXPECT_EQ(text, "a changed, c recreated, d added, e removed, ");
}

}  // namespace
}  // namespace salvor::etcd
