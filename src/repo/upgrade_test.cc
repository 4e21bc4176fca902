#include "repo/upgrade.h"

#include <gtest/gtest.h>

#include "repo/blob_id.h"
#include "repo/format_reader.h"
#include "repo/format_samples_testing.h"
#include "repo/hashing.h"
#include "repo/index_writer.h"
#include "repo/repository.h"
#include "repo/sealer.h"
#include "store/forwarding.h"
#include "store/memory.h"

namespace salvor::repo {
namespace {

// Breaks down before change number `fails_at`.
struct FailingAtAChange final : store::ForwardingStorage {
  explicit FailingAtAChange(Clock& clock) : ForwardingStorage(std::make_unique<store::MemoryStorage>(clock)) {}
  Result<std::unique_ptr<store::WriteStream> > create(const std::string& key, store::Exists exists,
                                                      std::stop_token stop) override {
    if (changes++ == fails_at) return Error(Code::unavailable, "the line was cut");
    return inner().create(key, exists, std::move(stop));
  }
  Result<> remove(const std::string& key, std::stop_token stop) override {
    if (changes++ == fails_at) return Error(Code::unavailable, "the line was cut");
    return inner().remove(key, std::move(stop));
  }
  int fails_at = -1, changes = 0;
};

// A repository of format 1 with an index of two contents, one of them deleted.
struct Upgrading : ::testing::Test {
  void SetUp() override { ASSERT_TRUE(make(1).ok()); }

  Result<> make(std::int64_t version) {
    std::vector<std::string> keys;
    TRY(storage.list("", [&](const store::Entry& entry) { return keys.push_back(entry.key), Result<>(); }, {}));
    for (const std::string& key : keys) TRY(storage.remove(key, {}));
    const RepositoryFormat format = keyed_format(version);
    TRY(store.put(kRepositoryBlob, TRY(encode(format, rng)).repository, store::Exists::replace, {}));
    return version == 1 ? put_index(format.config) : Result<>();
  }

  Result<> put_index(const RepositoryConfig& config) {
    IndexWriter writer(IndexVersion::v1);
    for (const int i : {1, 2}) {
      const Bytes hash(16, std::byte(i));
      TRY(writer.add({.id = TRY(ContentId::from_hash(0, hash)),
                      .pack_blob_id = "p0123456789abcdef0123456789abcdef",
                      .timestamp_seconds = 1000 + i,
                      .pack_offset = 32,
                      .packed_length = 100,
                      .original_length = 72,
                      .format_version = 1,
                      .deleted = i == 2}));
    }
    const Bytes index = TRY(std::move(writer).finish());
    Hasher hasher = TRY(Hasher::create(config.hash, config.secret));
    Sealer sealer = TRY(Sealer::create(config));
    const ContentHash hash = hasher.hash(index);
    Bytes sealed;
    TRY(sealer.seal(index, iv_of(hash.bytes()), rng, sealed));
    return store.put("n" + hash.hex(), sealed, store::Exists::replace, {});
  }

  Result<RepositoryFormat> read() { return read_format(store, key, {}); }
  Result<> run(const std::string& owner = "me") {
    RepositoryFormat format = TRY(read());
    return upgrade(store, format, {.owner = owner}, clock, rng, {}, {});
  }
  Result<> roll_back(const std::string& owner = "me") {
    RepositoryFormat format = TRY(read());
    return roll_back_upgrade(store, format, owner, {});
  }
  std::vector<std::string> ids(std::string_view prefix = "") {
    std::vector<std::string> found;
    EXPECT_TRUE(
        store.list(prefix, [&](const BlobMetadata& blob) { return found.push_back(blob.id), Result<>(); }, {}).ok());
    return found;
  }
  // "FORMAT: CONTENT..." as whoever opens it sees it.
  std::string seen() {
    auto format = read();
    if (!format.ok()) return to_string(format.error());
    const std::int64_t version = format->config.version;
    const auto opened = Repository::open(BlobStore::flat(storage, ""), *std::move(format), clock, {});
    if (!opened.ok()) return std::string(to_string(opened.error().code()));
    std::string text = std::to_string(version) + ":";
    const auto view = (*opened)->indexes();
    auto stream = view->contents().all();
    for (auto entry = stream.next(); entry.ok() && *entry; entry = stream.next()) {
      text += " " + to_string((*entry)->id).substr(0, 2) + ((*entry)->deleted ? "-" : "+");
    }
    return text;
  }

  const FormatKey key = keyed_format(1).key;
  FakeClock clock{Time(std::chrono::hours(24 * 365 * 50))};
  SeededRng rng{7};
  FailingAtAChange storage{clock};
  BlobStore store = BlobStore::flat(storage, "");
};

TEST_F(Upgrading, Format1BecomesFormat3WithTheSameContentsAfterEverybodyCouldNotice) {
  ASSERT_EQ(seen(), "1: 01+ 02-");
  const Time before = clock.now();
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(clock.now() - before, std::chrono::minutes(35));
  EXPECT_EQ(seen(), "3: 01+ 02-");
  EXPECT_EQ(ids("xn0_").size(), 1U);
  EXPECT_TRUE(ids(kRepositoryBackupPrefix).empty());
  EXPECT_EQ(ids("n0000").size(), 1U);
  EXPECT_TRUE(run().ok());  // and again is nothing
}

TEST_F(Upgrading, Format2OnlyGetsAnotherNumber) {
  ASSERT_TRUE(make(2).ok());
  const Time before = clock.now();
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(clock.now(), before);
  EXPECT_EQ(seen(), "3:");
}

TEST_F(Upgrading, CutOffAtAnyChangeItIsGoneOnWithOrRolledBack) {
  for (const bool goes_on : {true, false}) {
    for (int at = 0;; ++at) {
      storage.fails_at = -1;
      ASSERT_TRUE(make(1).ok());
      storage.changes = 0;
      storage.fails_at = at;
      const bool was_cut = !run().ok();
      storage.fails_at = -1;
      if (!was_cut) break;
      const std::string state = seen();
      EXPECT_TRUE(state == "1: 01+ 02-" || state == "unavailable" || state == "3: 01+ 02-") << at << " " << state;
      if (goes_on) {
        ASSERT_TRUE(run().ok()) << at;
        EXPECT_EQ(seen(), "3: 01+ 02-") << at;
      } else if (state == "unavailable") {
        ASSERT_TRUE(roll_back().ok()) << at;
        EXPECT_EQ(seen(), "1: 01+ 02-") << at;
        EXPECT_TRUE(ids("x").empty()) << at;
        EXPECT_TRUE(ids("n0000").empty()) << at;
        EXPECT_TRUE(ids(kRepositoryBackupPrefix).empty()) << at;
      }
    }
  }
}

TEST_F(Upgrading, ARollBackThatIsCutOffIsRunAgain) {
  for (int at = 0; at < 3; ++at) {
    storage.fails_at = -1;
    ASSERT_TRUE(make(1).ok());
    storage.changes = 0;
    storage.fails_at = 3;  // backup, lock, new index, and then the blob that keeps old clients out
    ASSERT_FALSE(run().ok());
    storage.changes = 0;
    storage.fails_at = at;
    const bool was_cut = !roll_back().ok();
    storage.fails_at = -1;
    if (was_cut && seen() == "unavailable") {
      ASSERT_TRUE(roll_back().ok());
    }
    EXPECT_EQ(seen(), "1: 01+ 02-") << at;
    ASSERT_TRUE(run().ok()) << at;
    EXPECT_EQ(seen(), "3: 01+ 02-") << at;
  }
}

TEST_F(Upgrading, WhoIsNotTheOwnerNeitherGoesOnNorRollsBack) {
  storage.changes = 0;
  storage.fails_at = 2;
  ASSERT_FALSE(run("me").ok());
  storage.fails_at = -1;
  EXPECT_EQ(run("you").error().code(), Code::conflict);
  EXPECT_EQ(roll_back("you").error().code(), Code::conflict);
  EXPECT_TRUE(run("me").ok());
  EXPECT_EQ(roll_back("me").error().code(), Code::invalid) << "it is done";
}

TEST_F(Upgrading, TimesInWhichNobodyCouldNoticeAreRefused) {
  auto format = read();
  ASSERT_TRUE(format.ok());
  UpgradeRequest request{.owner = "me", .io_drain_timeout = std::chrono::seconds(1)};
  request.status_poll_interval = request.io_drain_timeout;
  EXPECT_EQ(upgrade(store, *format, request, clock, rng, {}, {}).error().code(), Code::invalid);
  request.is_unsafe = true;
  EXPECT_TRUE(upgrade(store, *format, request, clock, rng, {}, {}).ok());
  EXPECT_EQ(upgrade(store, *format, {.owner = "a/b"}, clock, rng, {}, {}).error().code(), Code::invalid);
}

TEST_F(Upgrading, WhoIsAskedToStopWhileWaitingLeavesTheLock) {
  std::stop_source source;
  source.request_stop();
  auto format = read();
  ASSERT_TRUE(format.ok());
  EXPECT_FALSE(upgrade(store, *format, {.owner = "me"}, clock, rng, {}, source.get_token()).ok());
}

TEST_F(Upgrading, WhatSomebodyRolledBackMeanwhileIsNotEnded) {
  auto format = read();
  ASSERT_TRUE(format.ok());
  bool was_rolled_back = false;
  const UpgradeSteps steps{.on_wait = [&](Duration) {
    if (!was_rolled_back) was_rolled_back = roll_back().ok();
  }};
  EXPECT_EQ(upgrade(store, *format, {.owner = "me"}, clock, rng, steps, {}).error().code(), Code::conflict);
  EXPECT_TRUE(was_rolled_back);
  EXPECT_EQ(seen(), "1: 01+ 02-");
}

TEST_F(Upgrading, AnUpgradeOfFormat2IsEndedThoughIndexesOfFormat1AreLeft) {
  ASSERT_TRUE(make(2).ok());
  auto format = read();
  ASSERT_TRUE(format.ok());
  ASSERT_TRUE(put_index(format->config).ok());
  const Bytes before = *store.get(kRepositoryBlob, kMaxFormatBlobBytes, {});
  ASSERT_TRUE(store.put(std::string(kRepositoryBackupPrefix) + "me", before, store::Exists::replace, {}).ok());
  format->config.version = 3;
  format->config.upgrade_lock = UpgradeLock{.owner_id = "me", .creation_time = clock.now()};
  ASSERT_TRUE(store.put(kRepositoryBlob, encode(*format, rng)->repository, store::Exists::replace, {}).ok());
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(seen(), "3:");
}

TEST_F(Upgrading, WhoHasItOpenNoticesTheLockWithinTenMinutes) {
  auto opened = Repository::open(BlobStore::flat(storage, ""), *read(), clock, {});
  ASSERT_TRUE(opened.ok());
  storage.changes = 0;
  storage.fails_at = 2;
  ASSERT_FALSE(run().ok());
  storage.fails_at = -1;
  EXPECT_EQ((*opened)->refresh({}).error().code(), Code::unavailable);
}

TEST_F(Upgrading, APlanTellsHowLongItWaits) {
  auto format = read();
  ASSERT_TRUE(format.ok());
  const auto plan = plan_upgrade(store, *format, {.owner = "me"}, clock, {});
  ASSERT_TRUE(plan.ok());
  EXPECT_TRUE(plan->is_needed() && plan->migrates);
  EXPECT_EQ(plan->wait, std::chrono::minutes(35));
  EXPECT_EQ(plan->index_blobs, 1U);
}

}  // namespace
}  // namespace salvor::repo
