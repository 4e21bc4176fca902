#include "backup/clean.h"

#include <gmock/gmock.h>

#include "backup/claim.h"
#include "backup/layout.h"
#include "os/temporary_directory.h"
#include "store/directory.h"
#include "store/forwarding.h"
#include "store/memory.h"

namespace salvor::backup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct Cleaning : ::testing::Test {
  std::vector<std::string> clean(store::Storage& storage, bool only_tell = false) {
    std::vector<std::string> told;
    const auto done = clean_location(
        storage, {.older_than = std::chrono::hours(24), .only_tell = only_tell}, clock,
        [&](const std::string& what, std::uint64_t before, std::uint64_t all) {
          steps.push_back(what + " " + std::to_string(before) + "/" + std::to_string(all));
        },
        [&](const CleanFinding& one) { told.push_back(one.name + (one.removed ? " removed" : " stays")); }, {});
    if (!done.ok()) told.push_back("error: " + to_string(done.error()));
    return told;
  }
  std::vector<std::string> keys(store::Storage& storage) {
    std::vector<std::string> all;
    EXPECT_TRUE(
        storage.list("", [&](const store::Entry& entry) { return all.push_back(entry.key), Result<>(); }, {}).ok());
    return all;
  }
  void put(store::Storage& storage, const std::string& key, std::string_view text = "x") {
    ASSERT_TRUE(store::put(storage, key, as_bytes(text), store::Exists::replace, {}).ok());
  }

  std::vector<std::string> steps;
  FakeClock clock;
  SeededRng rng{1};
  store::MemoryStorage memory{clock};
};

TEST_F(Cleaning, RemovesOldBackupsThatWereNeverPublishedAndNothingElse) {
  const BackupKeys dead("dead"), whole("whole"), foreign("foreign");
  for (const auto& key : {dead.claim(), dead.contents(), whole.contents(), whole.metadata(), foreign.contents()}) {
    put(memory, key);
  }
  put(memory, "kopia/pack");
  clock.advance(std::chrono::hours(23));
  EXPECT_THAT(clean(memory), IsEmpty());
  EXPECT_THAT(steps,
              ElementsAre("unfinished writes 0/0", "backups/dead/ 0/3", "backups/foreign/ 1/3", "backups/whole/ 2/3"));
  const BackupKeys young("young");
  put(memory, young.claim());
  put(memory, young.contents());
  clock.advance(std::chrono::hours(2));
  EXPECT_THAT(clean(memory, true), ElementsAre("unpublished backup dead stays"));
  EXPECT_THAT(clean(memory), ElementsAre("unpublished backup dead removed"));
  EXPECT_THAT(keys(memory), UnorderedElementsAre(whole.contents(), whole.metadata(), foreign.contents(), "kopia/pack",
                                                 young.claim(), young.contents()));
}

TEST_F(Cleaning, LeavesWhatARunOnThisHostIsWriting) {
  const BackupKeys keys_of("slow");
  const auto claim = Claim::take(memory, "slow", {});
  ASSERT_TRUE(claim.ok());
  put(memory, keys_of.contents());
  clock.advance(std::chrono::hours(1000));
  EXPECT_THAT(clean(memory), IsEmpty());
  EXPECT_TRUE(claim->check({}).ok());
}

// Its second removal fails.
struct HalfCleanable final : store::ForwardingStorage {
  using ForwardingStorage::ForwardingStorage;
  Result<> clear_leftovers(const std::function<bool(const store::Leftover&)>& take, std::stop_token) override {
    EXPECT_TRUE(take({"first", 1, {}}) && take({"second", 1, {}}));
    return Error(Code::denied, "no");
  }
};

TEST_F(Cleaning, CallsNothingRemovedThatCouldNotBeRemoved) {
  clock.advance(std::chrono::hours(1000));
  HalfCleanable half(std::make_unique<store::MemoryStorage>(clock));
  EXPECT_THAT(clean(half), ElementsAre("first removed", "second stays", ::testing::StartsWith("error: ")));
}

TEST_F(Cleaning, RemovesTemporaryFilesOfWritersThatWereKilled) {
  const auto directory = os::TemporaryDirectory::make().value();
  const auto open = [&] {
    return store::DirectoryStorage::open_path(directory.path(), store::Missing::refuse, rng).value();
  };
  const auto killed = open();
  const auto draft = killed->create("backups/b/b.tar.gz", store::Exists::replace, {});
  ASSERT_TRUE((*draft)->write(as_bytes("half")).ok());
  const auto other = open();
  const auto clean_now = [&](Duration older_than) {
    std::vector<std::string> told;
    const auto done = clean_location(
        *other, {.older_than = older_than}, clock, [](const auto&...) {},
        [&](const CleanFinding& one) { told.push_back(one.name.substr(0, one.name.rfind('/'))); }, {});
    EXPECT_TRUE(done.ok());
    return told;
  };
  EXPECT_THAT(clean_now(std::chrono::hours(1)), IsEmpty());
  EXPECT_THAT(clean_now(Duration(0)), ElementsAre("temporary file backups/b"));
  EXPECT_THAT(clean_now(Duration(0)), IsEmpty());
}

}  // namespace
}  // namespace salvor::backup
