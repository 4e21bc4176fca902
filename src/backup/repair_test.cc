#include "backup/repair.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "backup/stored_testing.h"
#include "base/rng.h"
#include "base/sanitized_testing.h"
#include "store/faulty.h"
#include "store/memory.h"

namespace salvor::backup {
namespace {

using ::testing::AllOf;
using testing::backup_contents;
using testing::bytes_of;
using testing::Contents;
using testing::contents_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::problems_of;
using testing::put_bytes;
using ::testing::StartsWith;
using testing::store_backup;

struct Repairs : ::testing::Test {
  std::vector<std::string> repair(store::Storage& damaged, store::Storage& good, bool only_tell = false) {
    std::vector<std::string> findings;
    CopyProgress progress;
    const auto repaired = repair_location(
        damaged, good, {.only_tell = only_tell, .spool_directory = std::filesystem::temp_directory_path()}, clock,
        progress,
        [&](const Finding& one) {
          findings.push_back(std::string(to_string(one.what)) + " " + one.backup + "/" + one.file + ": " + one.why);
        },
        {});
    if (!repaired.ok()) findings.push_back("error: " + to_string(repaired.error()));
    return findings;
  }
  std::vector<std::string> repair() { return repair(a, b); }

  void duplicate(store::Storage& from, store::Storage& to) {  // as rclone would
    for (const auto& [key, bytes] : contents_of(from)) put_bytes(to, key, bytes);
  }
  void copy(store::Storage& from, store::Storage& to) {
    CopyProgress progress;
    const auto copied = copy_backup(from, to, "x", {std::filesystem::temp_directory_path()}, clock, progress, {});
    ASSERT_TRUE(copied.ok()) << to_string(copied.error());
  }
  static std::string flipped(std::string bytes, std::uint64_t bit) {
    bit %= bytes.size() * 8;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
    return bytes;
  }
  void restore(store::Storage& storage, const Contents& contents) {
    for (const auto& [key, bytes] : contents_of(storage)) {
      ASSERT_TRUE(contents.contains(key) || storage.remove(key, {}).ok());
    }
    for (const auto& [key, bytes] : contents) put_bytes(storage, key, bytes);
  }

  FakeClock clock{Time(std::chrono::seconds(1'795'000'000))};
  store::MemoryStorage a{clock, "/a"}, b{clock, "/b"};
  const BackupKeys keys{"x"};
  SeededRng rng{5};
};

TEST_F(Repairs, FindNothingInWholeLocations) {
  store_backup(a, "x");
  copy(a, b);
  const auto before = contents_of(a);
  EXPECT_THAT(repair(), IsEmpty());
  EXPECT_EQ(contents_of(a), before);
}

// A record of the copy on either side, and each file in turn damaged, cut, emptied or lost.
TEST_F(Repairs, HealEveryFileOfACopyAndOfItsOriginal) {
  store_backup(a, "x");
  copy(a, b);
  for (const bool original : {true, false}) {
    store::Storage& damaged = original ? a : b;
    store::Storage& good = original ? b : a;
    const Contents whole = backup_contents(damaged);
    for (const auto& [key, bytes] : whole) {
      for (int kind = 0; kind < 4; ++kind) {
        if (kind == 3 && key == keys.metadata()) continue;  // then it is not listed; another test
        switch (kind) {
          case 0: put_bytes(damaged, key, flipped(bytes, rng.next())); break;
          case 1: put_bytes(damaged, key, bytes.substr(0, bytes.size() / 2)); break;
          case 2: put_bytes(damaged, key, ""); break;
          default: ASSERT_TRUE(damaged.remove(key, {}).ok());
        }
        const auto told = repair(damaged, good, true);
        EXPECT_THAT(told, ElementsAre(AllOf(StartsWith("healable x/"), HasSubstr(key.substr(keys.folder().size())))))
            << key;
        const auto findings = repair(damaged, good);
        EXPECT_THAT(findings, ElementsAre(StartsWith("healed x/"))) << key << " kind " << kind;
        ASSERT_EQ(backup_contents(damaged), whole) << key << " kind " << kind;
      }
    }
  }
}

// Without a record the index and the checksums of gzip tell.
TEST_F(Repairs, HealWithoutARecordOfTheCopy) {
  store_backup(a, "x");
  duplicate(a, b);
  const Contents whole = backup_contents(a);
  for (const auto& [key, bytes] : whole) {
    const auto check = [&](const std::string& damage) {
      put_bytes(a, key, damage);
      EXPECT_THAT(repair(), ElementsAre(StartsWith("healed x/"))) << key;
      ASSERT_EQ(backup_contents(a), whole) << key;
    };
    check(bytes.substr(0, bytes.size() / 2));
    if (key != keys.metadata()) check(flipped(bytes, (bytes.size() / 2) * 8));
    if (key == keys.metadata()) continue;
    ASSERT_TRUE(a.remove(key, {}).ok());
    EXPECT_THAT(repair(), ElementsAre(HasSubstr("it is missing"))) << key;
    ASSERT_EQ(backup_contents(a), whole) << key;
  }
}

TEST_F(Repairs, HealTwoDamagedLocationsFromEachOther) {
  store_backup(a, "x");
  duplicate(a, b);
  const Contents whole = contents_of(a);
  put_bytes(a, keys.contents(), flipped(whole.at(keys.contents()), 40'000));
  put_bytes(b, keys.index(), flipped(whole.at(keys.index()), 400));
  EXPECT_THAT(repair(a, b), ElementsAre(StartsWith("healed x/x.tar.gz")));
  EXPECT_THAT(repair(b, a), ElementsAre(StartsWith("healed x/x-salvor-index")));
  EXPECT_EQ(contents_of(a), whole);
  EXPECT_EQ(contents_of(b), whole);
}

TEST_F(Repairs, LeaveWhatIsDamagedOnBothSides) {
  store_backup(a, "x");
  copy(a, b);
  const std::string archive = bytes_of(a, keys.contents());
  put_bytes(a, keys.contents(), flipped(archive, 40'000));
  put_bytes(b, keys.contents(), flipped(archive, 50'000));
  const auto before = contents_of(a);
  EXPECT_THAT(repair(), ElementsAre(StartsWith("damaged x/x.tar.gz")));
  EXPECT_EQ(contents_of(a), before);
}

TEST_F(Repairs, LeaveAnotherBackupOfTheSameName) {
  store_backup(a, "x", {.seed = 1});
  store_backup(b, "x", {.seed = 2});
  put_bytes(a, keys.results(), "damaged");
  const auto before = contents_of(a);
  EXPECT_THAT(repair(),
              ElementsAre(AllOf(StartsWith("damaged x/x-results.gz"), HasSubstr("another backup of that name"))));
  EXPECT_EQ(contents_of(a), before);
}

TEST_F(Repairs, NeverReplaceTheGoodByTheBad) {
  store_backup(a, "x");
  duplicate(a, b);
  const auto whole = contents_of(a);
  for (const auto& [key, bytes] : whole) {
    for (int round = 0; round < 8; ++round) {
      put_bytes(b, key, flipped(bytes, rng.next()));
      (void)repair();
      ASSERT_EQ(backup_contents(a), whole) << key;
    }
    put_bytes(b, key, bytes);
  }
}

TEST_F(Repairs, FinishWhatIsIncomplete) {
  store_backup(a, "x");
  duplicate(a, b);
  const auto whole = contents_of(a);
  ASSERT_TRUE(a.remove(keys.metadata(), {}).ok());
  ASSERT_TRUE(a.remove(keys.results(), {}).ok());
  EXPECT_THAT(repair(), ElementsAre(StartsWith("healed x/: it was incomplete")));
  EXPECT_EQ(backup_contents(a), whole);
}

TEST_F(Repairs, TellOfDamageThatNobodyElseHolds) {
  store_backup(a, "x");
  put_bytes(a, keys.results(), "damaged");
  EXPECT_THAT(repair(),
              ElementsAre(AllOf(StartsWith("damaged x/x-results.gz"), HasSubstr("does not have this backup"))));
  EXPECT_THAT(contents_of(b), IsEmpty());
}

TEST_F(Repairs, DoNotCopyWhatIsOnlyThere) {
  store_backup(b, "y");
  EXPECT_THAT(repair(), IsEmpty());
  EXPECT_THAT(contents_of(a), IsEmpty());
}

// After any fault each file is what it was, or what it should be.
TEST_F(Repairs, UnderEveryFaultMakeNothingWorse) {
  store_backup(a, "x", {.objects = 4});
  copy(a, b);
  const Contents whole = contents_of(a), there = contents_of(b);
  Contents damaged = whole;
  damaged[keys.contents()] = flipped(whole.at(keys.contents()), 30'000);
  damaged[keys.results()] = whole.at(keys.results()).substr(0, 7);
  damaged.erase(keys.log());
  using Kind = store::StorageFault::Kind;
  for (const bool here : {true, false}) {
    for (const std::string operation :
         {"create", "write", "commit", "open", "read", "stat", "list", "list_directories"}) {
      for (const Kind kind : {Kind::fail, Kind::fail_after, Kind::cut, Kind::flip}) {
        if ((kind == Kind::cut || kind == Kind::flip) != (operation == "read") && kind != Kind::fail) continue;
        for (std::uint64_t number = 1;; number = next_case(number)) {
          restore(a, damaged);
          store::FaultyStorage failing(here ? static_cast<store::Storage&>(a) : b);
          failing.plan(operation, number, {.kind = kind, .bit = number * 101});
          here ? repair(failing, b) : repair(a, failing);
          const std::string when = operation + " " + std::to_string(number) + (here ? " here" : " there");
          for (const auto& [key, bytes] : contents_of(a)) {
            const auto was = damaged.find(key);
            ASSERT_TRUE(bytes == whole.at(key) || (was != damaged.end() && bytes == was->second)) << key << " " << when;
          }
          ASSERT_EQ(contents_of(b), there) << when;
          (void)repair();
          ASSERT_EQ(contents_of(a), whole) << when;
          if (failing.calls(operation) < number) break;
        }
      }
    }
  }
}

}  // namespace
}  // namespace salvor::backup
