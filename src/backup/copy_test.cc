// Copies between locations: whole and verified, or not listed, whatever goes wrong and wherever.
#include "backup/copy.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "backup/catalog.h"
#include "backup/stored_testing.h"
#include "base/rng.h"
#include "base/sanitized_testing.h"
#include "store/faulty.h"
#include "store/memory.h"

namespace salvor::backup {
namespace {

using store::StorageFault;
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

struct Copies : ::testing::Test {
  Result<Copied> copy(store::Storage& near, store::Storage& far, bool reread = false, std::stop_token stop = {}) {
    CopyProgress progress;
    return copy_backup(near, far, "b", {std::filesystem::temp_directory_path(), reread}, clock, progress, stop);
  }
  // What must hold at any time: listed means whole and the same.
  void expect_whole_or_unlisted(const std::string& when) {
    if (listed(to).empty()) return;
    EXPECT_EQ(backup_contents(to), backup_contents(from)) << when;
    EXPECT_TRUE(read_copy_record(to, keys, {}).value().has_value()) << when;
  }

  FakeClock clock{Time(std::chrono::seconds(1'795'000'000))};
  store::MemoryStorage from{clock, "/near"}, to{clock, "/far"};
  const BackupKeys keys{"b"};
};

TEST_F(Copies, AreTheSameByteForByteAndSaySo) {
  store_backup(from, "b");
  const auto before = contents_of(from);
  const auto copied = copy(from, to);
  ASSERT_TRUE(copied.ok()) << to_string(copied.error());
  EXPECT_EQ(contents_of(from), before);
  EXPECT_EQ(backup_contents(to), before);
  EXPECT_EQ(copied->files_sent, before.size());
  EXPECT_THAT(copied->warnings, IsEmpty());
  EXPECT_THAT(problems_of(to, "b"), IsEmpty());
  const CopyRecord record = read_copy_record(to, keys, {}).value().value();
  EXPECT_EQ(record.from, "/near");
  EXPECT_EQ(record.at, clock.now());
  EXPECT_EQ(record.files.size(), before.size());
  EXPECT_EQ(record.files.at("velero-backup.json").sha256, crypto::sha256(as_bytes(before.at(keys.metadata()))));
  EXPECT_FALSE(store::exists(to, keys.claim(), {}).value());
}

TEST_F(Copies, OfABackupWithoutAnIndexAreVerifiedToo) {
  store_backup(from, "b", {.indexed = false});
  ASSERT_TRUE(copy(from, to).ok());
  EXPECT_EQ(backup_contents(to), backup_contents(from));
  // Cut in the middle, it is not copied.
  store::MemoryStorage other(clock, "/other");
  const std::string archive = bytes_of(from, keys.contents());
  put_bytes(from, keys.contents(), archive.substr(0, archive.size() / 2));
  EXPECT_EQ(copy(from, other).error().code(), Code::corrupt);
  EXPECT_THAT(listed(other), IsEmpty());
}

TEST_F(Copies, ThatAreThereAreNotMadeAgain) {
  store_backup(from, "b");
  ASSERT_TRUE(copy(from, to).ok());
  const auto before = contents_of(to);
  for (const bool reread : {false, true}) {
    const auto again = copy(from, to, reread);
    ASSERT_TRUE(again.ok());
    EXPECT_TRUE(again->was_there);
    EXPECT_EQ(again->files_sent, 0u);
    EXPECT_EQ(contents_of(to), before);
  }
}

TEST_F(Copies, GoOnWhereTheyStopped) {
  store_backup(from, "b");
  store::FaultyStorage failing(to);
  failing.plan("commit", 8, {.code = Code::out_of_space});
  EXPECT_EQ(copy(from, failing).error().code(), Code::out_of_space);
  EXPECT_THAT(listed(to), IsEmpty());
  const std::size_t left = backup_contents(to).size();
  EXPECT_GE(left, 5u);
  const auto copied = copy(from, to);
  ASSERT_TRUE(copied.ok());
  EXPECT_EQ(copied->files_kept, left);
  EXPECT_EQ(copied->files_sent + copied->files_kept, backup_contents(from).size());
}

TEST_F(Copies, DoNotTrustWhatAnInterruptedRunLeft) {
  store_backup(from, "b");
  const std::string archive = bytes_of(from, keys.contents());
  std::string wrong = archive;
  wrong[wrong.size() / 2] ^= 1;
  put_bytes(to, keys.contents(), wrong);
  put_bytes(to, keys.folder() + "left-by-somebody", "x");
  ASSERT_TRUE(copy(from, to).ok());
  EXPECT_EQ(backup_contents(to), backup_contents(from));
}

TEST_F(Copies, NeverReplaceAnotherBackup) {
  store_backup(from, "b");
  store_backup(to, "b", {.seed = 2});
  const auto before = contents_of(to);
  EXPECT_EQ(copy(from, to).error().code(), Code::already_exists);
  EXPECT_EQ(contents_of(to), before);
}

TEST_F(Copies, WaitForNobodyWhoMakesABackupOfThatNameElsewhere) {
  store_backup(from, "b");
  put_bytes(to, keys.claim(), "another-host boot 1 2 3 4\n");
  EXPECT_EQ(copy(from, to).error().code(), Code::already_exists);
  EXPECT_THAT(listed(to), IsEmpty());
}

TEST_F(Copies, OfDamagedBackupsAreNotListed) {
  store_backup(from, "b");
  SeededRng rng(3);
  const auto whole = contents_of(from);
  for (const auto& [key, bytes] : whole) {
    if (key == keys.log() || key == keys.metadata()) continue;  // verification cannot tell a log from another
    for (int round = 0; round < 4; ++round) {
      // A gzip stream has bits that mean nothing, so that of the others a bit of their checksum is turned over.
      const bool hashed = key == keys.contents() || key == keys.index();
      const std::size_t bit = hashed ? rng.below(bytes.size() * 8) : (bytes.size() - 8) * 8 + rng.below(64);
      std::string damaged = bytes;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
      put_bytes(from, key, damaged);
      store::MemoryStorage fresh(clock, "/far");
      EXPECT_FALSE(copy(from, fresh).ok()) << key << " bit " << bit;
      ASSERT_THAT(listed(fresh), IsEmpty()) << key << " bit " << bit;
    }
    put_bytes(from, key, bytes);
  }
  ASSERT_TRUE(copy(from, to).ok());
  EXPECT_EQ(backup_contents(to), whole);
}

TEST_F(Copies, OfABackupUnderAnotherNameAreRefused) {
  store_backup(from, "other");
  for (const auto& [key, bytes] : contents_of(from)) {
    std::string moved = "backups/b/" + key.substr(std::string("backups/other/").size());
    put_bytes(from, moved, bytes);
  }
  EXPECT_EQ(copy(from, to).error().code(), Code::corrupt);
  EXPECT_THAT(listed(to), IsEmpty());
}

TEST_F(Copies, OfNothingAreNotFound) {
  EXPECT_EQ(copy(from, to).error().code(), Code::not_found);
  CopyProgress progress;
  EXPECT_EQ(copy_backup(from, to, "../b", {}, clock, progress, {}).error().code(), Code::invalid);
  EXPECT_THAT(contents_of(to), IsEmpty());
}

TEST_F(Copies, TellWhatTheyLack) {
  store_backup(from, "b", {.pod_volume_backups = R"([{"spec":{"volume":"data"}}])"});
  const auto copied = copy(from, to);
  ASSERT_TRUE(copied.ok()) << to_string(copied.error());
  EXPECT_THAT(copied->warnings, ElementsAre(HasSubstr("1 volumes")));
}

TEST_F(Copies, StopOnRequest) {
  store_backup(from, "b");
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(copy(from, to, false, stop.get_token()).error().code(), Code::cancelled);
  EXPECT_THAT(listed(to), IsEmpty());
}

TEST_F(Copies, ThatLackAFileAreReportedAndNotPatched) {
  store_backup(from, "b");
  ASSERT_TRUE(copy(from, to).ok());
  ASSERT_TRUE(to.remove(keys.results(), {}).ok());
  const auto again = copy(from, to);
  EXPECT_EQ(again.error().code(), Code::corrupt);
  EXPECT_THAT(again.error().hint(), HasSubstr("location repair"));
}

// One fault in each call of each kind, at either end.
class FaultyCopies : public Copies, public ::testing::WithParamInterface<const char*> {
 protected:
  // How many calls of `operation` a run makes.
  std::uint64_t calls(const std::string& operation, bool near) {
    store::MemoryStorage there(clock, "/far");
    store::FaultyStorage counted(near ? static_cast<store::Storage&>(from) : there);
    EXPECT_TRUE((near ? copy(counted, there) : copy(from, counted)).ok());
    return counted.calls(operation);
  }
  void run_all(const std::string& operation, bool near, StorageFault fault) {
    const std::uint64_t count = calls(operation, near);
    for (std::uint64_t number = 1; number <= count; number = next_case(number)) {
      const std::string when = operation + " " + std::to_string(number) + (near ? " near" : " far") + ", kind " +
                               std::to_string(static_cast<int>(fault.kind));
      for (const auto& [key, bytes] : contents_of(to)) ASSERT_TRUE(to.remove(key, {}).ok());
      store::FaultyStorage failing(near ? static_cast<store::Storage&>(from) : to);
      fault.bit = number * 977;
      failing.plan(operation, number, fault);
      const auto copied = near ? copy(failing, to) : copy(from, failing);
      EXPECT_TRUE(!copied.ok() || listed(to) == std::vector<std::string>{"b"}) << when;
      expect_whole_or_unlisted(when);
      ASSERT_TRUE(to.remove(keys.claim(), {}).ok());  // as if the process that held it had ended
      const auto again = copy(from, to);
      ASSERT_TRUE(again.ok()) << when << ": " << to_string(again.error());
      expect_whole_or_unlisted(when + ", again");
      ASSERT_THAT(listed(to), ElementsAre("b")) << when;
    }
  }
};

TEST_P(FaultyCopies, EndWholeOrUnlisted) {
  store_backup(from, "b", {.objects = 5});
  ASSERT_THAT(problems_of(from, "b"), IsEmpty());  // so what is equal to it is whole
  const auto before = contents_of(from);
  const std::string operation = GetParam();
  using Kind = StorageFault::Kind;
  for (const bool near : {true, false}) {
    run_all(operation, near, {.kind = Kind::fail});
    if (operation == "read") {
      run_all(operation, near, {.kind = Kind::cut});
      run_all(operation, near, {.kind = Kind::flip});
    } else {
      run_all(operation, near, {.kind = Kind::fail_after});
    }
  }
  EXPECT_EQ(contents_of(from), before) << "the near end is only read";
}

INSTANTIATE_TEST_SUITE_P(Every, FaultyCopies,
                         ::testing::Values("create", "write", "commit", "open", "read", "stat", "list", "remove"),
                         [](const auto& info) { return std::string(info.param); });

TEST(CopyRecordText, IsReadBackAndDamageIsFound) {
  CopyRecord record{"/near", Time(std::chrono::seconds(1'795'000'000)), {}};
  record.files["velero-backup.json"] = {3, crypto::sha256(as_bytes("abc"))};
  const std::string text = encode(record);
  EXPECT_EQ(parse_copy_record(text).value(), record);
  for (std::size_t size = 0; size + 2 < text.size(); ++size) {
    EXPECT_FALSE(parse_copy_record(text.substr(0, size)).ok()) << size;
  }
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string damaged = text;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
    (void)parse_copy_record(damaged);
  }
  EXPECT_EQ(parse_copy_record(R"({"version":2})").error().code(), Code::unsupported);
  const auto late = parse_copy_record(R"({"version":1,"copiedAt":"4052-11-28T02:00:00.5Z"})");
  EXPECT_EQ(parse_copy_record(encode(*late)).value(), *late);
}

}  // namespace
}  // namespace salvor::backup
