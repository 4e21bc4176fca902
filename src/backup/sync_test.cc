#include "backup/sync.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "backup/stored_testing.h"
#include "base/sanitized_testing.h"
#include "store/faulty.h"
#include "store/memory.h"

namespace salvor::backup {
namespace {

using testing::backup_contents;
using testing::bytes_of;
using testing::contents_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::listed;
using testing::problems_of;
using testing::put_bytes;
using testing::store_backup;

struct Syncs : ::testing::Test {
  // "copied a", "kept b: why", in order; or the error.
  std::vector<std::string> sync(std::vector<std::string> patterns = {}, bool remove = false) {
    return sync_between(from, to, std::move(patterns), remove);
  }
  std::vector<std::string> sync_between(store::Storage& near, store::Storage& far, std::vector<std::string> patterns,
                                        bool remove) {
    const SyncOptions options{std::move(patterns), remove, {.spool_directory = std::filesystem::temp_directory_path()}};
    const auto plan = plan_sync(near, far, options, {});
    if (!plan.ok()) return {to_string(plan.error())};
    std::vector<std::string> events;
    CopyProgress progress;
    const auto ran = run_sync(near, far, *plan, options, clock, progress,
                              [&](const SyncEvent& event) {
                                events.push_back(std::string(to_string(event.what)) + " " + event.name +
                                                 (event.why.empty() ? "" : ": " + event.why));
                              },
                              {});
    if (!ran.ok()) events.push_back(to_string(ran.error()));
    return events;
  }
  void store(const std::string& name, int day, store::Storage* where = nullptr) {
    store_backup(where ? *where : from, name,
                 {.seed = static_cast<std::uint64_t>(day),
                  .start = "2026-11-" + std::to_string(day) + "T02:00:00Z",
                  .objects = 4});
  }
  void remove_near(const std::string& name) {
    for (const auto& [key, bytes] : contents_of(from, "backups/" + name + "/")) ASSERT_TRUE(from.remove(key, {}).ok());
  }

  FakeClock clock{Time(std::chrono::seconds(1'795'000'000))};
  store::MemoryStorage from{clock, "/near"}, to{clock, "/far"};
};

TEST_F(Syncs, CopyWhatTheOtherSideLacks) {
  store("a", 10);
  store("b", 11);
  EXPECT_THAT(sync(), ElementsAre("copied a", "copied b"));
  store("c", 12);
  EXPECT_THAT(sync(), ElementsAre("present a", "present b", "copied c"));
  EXPECT_EQ(backup_contents(to), backup_contents(from));
}

TEST_F(Syncs, TakeOnlyWhatThePatternsWant) {
  store("daily-1", 10);
  store("daily-2", 11);
  store("weekly-1", 12);
  EXPECT_THAT(sync({"daily-*", "x"}), ElementsAre("copied daily-1", "copied daily-2"));
  EXPECT_THAT(sync({"[z"}), ElementsAre(HasSubstr("[z")));
}

TEST_F(Syncs, GoOnAfterABackupThatCannotBeCopied) {
  store("a", 10);
  store("b", 11);
  put_bytes(from, "backups/a/a.tar.gz", "damaged");
  EXPECT_THAT(sync(), ElementsAre(HasSubstr("failed a: "), "copied b"));
  EXPECT_THAT(listed(to), ElementsAre("b"));
}

TEST_F(Syncs, RemoveOnlyWhenAsked) {
  store("a", 10);
  store("b", 11);
  sync();
  remove_near("a");
  EXPECT_THAT(sync(), ElementsAre("present b"));
  EXPECT_THAT(sync({}, true), ElementsAre("present b", "removed a"));
  EXPECT_THAT(contents_of(to, "backups/a/"), IsEmpty());
  EXPECT_THAT(listed(from), ElementsAre("b"));
}

TEST_F(Syncs, KeepWhatIsNoCopyOfTheNearEnd) {
  store("a", 10);
  sync();
  store("made-there", 15, &to);
  store::MemoryStorage third(clock, "/third");
  store("from-third", 16, &third);
  sync_between(third, to, {}, false);
  EXPECT_THAT(sync({}, true),
              ElementsAre("present a", "kept from-third: it is a copy from /third", "kept made-there: it is no copy"));
}

TEST_F(Syncs, RemoveNothingWhenTheNearEndIsEmpty) {
  store("a", 10);
  store("b", 11);
  sync();
  remove_near("a");
  remove_near("b");
  EXPECT_THAT(sync({}, true), ElementsAre(HasSubstr("kept a: /near lists no backup"), HasSubstr("kept b: ")));
}

TEST_F(Syncs, RemoveNothingWhenACopyFailed) {
  store("a", 10);
  store("b", 11);
  sync();
  remove_near("a");
  store("c", 12);
  put_bytes(from, "backups/c/c.tar.gz", "damaged");
  EXPECT_THAT(sync({}, true), ElementsAre("present b", HasSubstr("failed c"), "kept a: a copy failed in this run"));
}

TEST_F(Syncs, NeverRemoveTheNewestThatVerifies) {
  store("a", 10);
  store("b", 11);
  store("new", 20);
  sync();
  remove_near("new");
  EXPECT_THAT(sync({}, true), ElementsAre("present a", "present b", "kept new: it is the newest one that verifies"));
  // A newer one that is damaged does not count.
  store("newer", 21);
  sync();
  std::string archive = bytes_of(to, "backups/newer/newer.tar.gz");
  archive[archive.size() / 2] ^= 1;
  put_bytes(to, "backups/newer/newer.tar.gz", archive);
  EXPECT_THAT(sync({}, true),
              ElementsAre("present a", "present b", "present newer", "kept new: it is the newest one that verifies"));
}

TEST_F(Syncs, RemoveNothingWhenNothingVerifies) {
  store("a", 10);
  store("b", 11);
  sync();
  remove_near("a");
  for (const char* name : {"a", "b"}) {
    const std::string key = "backups/" + std::string(name) + "/" + name + ".tar.gz";
    put_bytes(to, key, std::string(bytes_of(to, key).size(), 'x'));
  }
  EXPECT_THAT(sync({}, true), ElementsAre("present b", HasSubstr("kept a: no backup in /far verifies")));
}

// Whatever fails: the near end stays as it is, and the newest verified copy at the far end is never lost.
TEST_F(Syncs, UnderEveryFaultKeepTheNewestVerifiedAndTheNearEnd) {
  store("a", 10);
  store("b", 11);
  store("new", 20);
  sync();
  remove_near("a");
  remove_near("new");
  const auto near_before = contents_of(from), far_before = contents_of(to), newest = contents_of(to, "backups/new/");
  ASSERT_THAT(problems_of(to, "new"), IsEmpty());
  using Kind = store::StorageFault::Kind;
  for (const bool near : {true, false}) {
    for (const char* operation : {"open", "read", "stat", "list", "list_directories", "remove"}) {
      for (const Kind kind : {Kind::fail, Kind::flip, Kind::cut}) {
        if (kind != Kind::fail && std::string(operation) != "read") continue;
        for (std::uint64_t number = 1;; number = next_case(number + number / 8)) {
          for (const auto& [key, bytes] : far_before) put_bytes(to, key, bytes);
          store::FaultyStorage failing(near ? static_cast<store::Storage&>(from) : to);
          failing.plan(operation, number, {.kind = kind, .bit = number * 13});
          near ? sync_between(failing, to, {}, true) : sync_between(from, failing, {}, true);
          const std::string when = std::string(operation) + " " + std::to_string(number);
          ASSERT_EQ(contents_of(from), near_before) << when;
          ASSERT_EQ(contents_of(to, "backups/new/"), newest) << when;
          if (failing.calls(operation) < number) break;
        }
      }
    }
  }
}

}  // namespace
}  // namespace salvor::backup
