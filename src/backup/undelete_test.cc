#include "backup/undelete.h"

#include <gmock/gmock.h>

#include <map>

#include "backup/catalog.h"
#include "backup/layout.h"
#include "store/forwarding.h"
#include "store/memory.h"

namespace salvor::backup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A store that keeps what was removed last of each key; a real bucket is in tests/peer/s3_location_test.py.
class Keeping final : public store::ForwardingStorage {
 public:
  explicit Keeping(Clock& clock) : ForwardingStorage(std::make_unique<store::MemoryStorage>(clock)), clock_(clock) {}

  Result<> remove(const std::string& key, std::stop_token stop) override {
    const auto entry = inner().stat(key, stop);
    if (entry.ok())
      kept_[key] = {{key, entry->size, entry->modified, clock_.now()}, TRY(store::get(*this, key, 1000, stop))};
    return inner().remove(key, stop);
  }
  Result<> undelete(const std::string& prefix, const std::function<bool(const store::Removed&)>& take,
                    std::stop_token stop) override {
    for (const auto& [key, old] : kept_) {
      if (!key.starts_with(prefix) || TRY(store::exists(inner(), key, stop)) || !take(old.entry)) continue;
      if (fails_at == key) return Error(Code::unavailable, "the line was cut");
      TRY(store::put(inner(), key, old.bytes, store::Exists::refuse, stop));
      back.push_back(key.substr(key.rfind('/') + 1));
    }
    return {};
  }

  std::vector<std::string> back;  // in the order in which they came
  std::string fails_at;

 private:
  struct Old {
    store::Removed entry;
    Bytes bytes;
  };
  Clock& clock_;
  std::map<std::string, Old> kept_;
};

struct Undeleting : ::testing::Test {
  void put(const std::string& key, std::string_view text) {
    clock.advance(std::chrono::seconds(1));
    ASSERT_TRUE(store::put(storage, key, as_bytes(text), store::Exists::replace, {}).ok());
  }
  void remove(const std::string& key) {
    clock.advance(std::chrono::seconds(1));
    ASSERT_TRUE(storage.remove(key, {}).ok());
  }
  // As a run does it: a claim, files, velero-backup.json, and the claim goes.
  void make(const std::string& name, const std::vector<std::string>& files) {
    const BackupKeys keys(name);
    put(keys.claim(), "claim");
    for (const std::string& file : files) put(file, "12345");
    put(keys.metadata(), "{}");
    remove(keys.claim());
  }
  void remove_all(const std::string& name) {
    clock.advance(std::chrono::hours(1));
    ASSERT_TRUE(remove_backup(storage, name, {}).ok());
  }
  std::vector<std::string> listed() {
    std::vector<std::string> all;
    const auto found = deleted_backups(storage, {});
    if (!found.ok()) return {to_string(found.error())};
    for (const DeletedBackup& one : *found) {
      all.push_back(one.name + " " + std::to_string(one.files) + " " + std::to_string(one.bytes) +
                    (one.listed ? " listed" : ""));
    }
    return all;
  }

  FakeClock clock;
  Keeping storage{clock};
  const BackupKeys a{"a"}, b{"b"};
};

TEST_F(Undeleting, ADeletedBackupComesBackMetadataLastAndWithoutItsClaim) {
  make("a", {a.contents(), a.log()});
  make("b", {b.contents()});
  EXPECT_THAT(listed(), IsEmpty());
  remove_all("a");
  const Time deleted = clock.now();
  EXPECT_THAT(listed(), ElementsAre("a 3 12"));
  const auto back = undelete_backup(storage, "a", {});
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->files, 3U);
  EXPECT_EQ(back->deleted, deleted);
  EXPECT_FALSE(back->listed);
  EXPECT_THAT(storage.back, ElementsAre("a-logs.gz", "a.tar.gz", "velero-backup.json"));
  EXPECT_THAT(listed(), IsEmpty());
}

TEST_F(Undeleting, WhatAnEarlierBackupOfTheNameHadStaysAway) {
  make("a", {a.contents(), a.copy_record()});
  remove_all("a");
  make("a", {a.contents()});
  EXPECT_THAT(listed(), IsEmpty());
  remove_all("a");
  EXPECT_THAT(listed(), ElementsAre("a 2 7"));
}

TEST_F(Undeleting, AListedBackupGetsBackTheFilesItLost) {
  make("a", {a.contents(), a.log()});
  remove(a.contents());
  EXPECT_THAT(listed(), ElementsAre("a 1 5 listed"));
  ASSERT_TRUE(undelete_backup(storage, "a", {}).ok());
  EXPECT_THAT(storage.back, ElementsAre("a.tar.gz"));
}

TEST_F(Undeleting, ACutOffUndeleteListsNothingAndGoesOn) {
  make("a", {a.contents(), a.log()});
  remove_all("a");
  storage.fails_at = a.contents();
  EXPECT_EQ(undelete_backup(storage, "a", {}).error().code(), Code::unavailable);
  EXPECT_THAT(*backup_names(storage, {}), IsEmpty());
  storage.fails_at.clear();
  ASSERT_TRUE(undelete_backup(storage, "a", {}).ok());
  EXPECT_THAT(*backup_names(storage, {}), ElementsAre("a"));
  EXPECT_THAT(storage.back, ElementsAre("a-logs.gz", "a.tar.gz", "velero-backup.json"));
}

TEST_F(Undeleting, WhatWasNeverPublishedOrIsForeignIsNoBackup) {
  put(a.contents(), "half");
  remove(a.contents());
  put("kopia/pack", "x");
  remove("kopia/pack");
  put("backups/loose", "x");
  remove("backups/loose");
  EXPECT_THAT(listed(), IsEmpty());
  EXPECT_EQ(undelete_backup(storage, "a", {}).error().code(), Code::not_found);
  EXPECT_EQ(undelete_backup(storage, "../a", {}).error().code(), Code::invalid);
}

TEST_F(Undeleting, WhereNothingIsKeptItSaysSo) {
  store::MemoryStorage memory(clock);
  EXPECT_EQ(deleted_backups(memory, {}).error().code(), Code::unsupported);
  EXPECT_EQ(undelete_backup(memory, "a", {}).error().code(), Code::unsupported);
}

}  // namespace
}  // namespace salvor::backup
