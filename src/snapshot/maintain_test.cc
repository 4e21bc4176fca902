// Maintenance by virtual clocks: what goes, and what must not go yet.
#include "snapshot/maintain.h"

#include <gmock/gmock.h>

#include <atomic>

#include "base/sanitized_testing.h"
#include "repo/object_id.h"
#include "repo/sealer.h"
#include "repo/session.h"
#include "snapshot/maintained_testing.h"
#include "snapshot/tree.h"

namespace salvor::snapshot {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::SizeIs;

using namespace std::chrono_literals;
using State = MaintainedTask::State;

const MaintainedTask& task(const Maintained& done, std::string_view name) {
  for (const MaintainedTask& one : done.tasks) {
    if (one.name == name) return one;
  }
  static const MaintainedTask kNone;
  ADD_FAILURE() << "no task " << name;
  return kNone;
}

std::int64_t number(const Maintained& done, std::string_view name, std::string_view key) {
  for (const auto& [known, value] : task(done, name).stats.values) {
    if (known == key) return std::get<std::int64_t>(value);
  }
  ADD_FAILURE() << "no " << key;
  return -1;
}

struct Maintenance : ::testing::Test {
  // Takes the place of EXPECT_TRUE(run.ok()), with its error.
  Maintained done(Result<Maintained> run) {
    EXPECT_TRUE(run.ok()) << to_string(run.error());
    return run.ok() ? *std::move(run) : Maintained();
  }
  std::string pack_of(std::size_t index, const std::string& prefix) { return ground.blobs(prefix).at(index); }

  // Nothing to move is left, and the removal of packs is not put off because something was.
  void settle() {
    ground.advance(3h);
    done(ground.full());
    ground.advance(2h);
    done(ground.full());
  }

  MaintainedRepository ground;
  const MaintainedRepository::Files small = {{"a", "alpha"}, {"b", "beta"}};
};

TEST_F(Maintenance, WhatNoSnapshotUsesIsMarkedAndGoesOnlyAfterLaterCollections) {
  const MaintainedRepository::Files large = {{"big", ground.random_text(3'000'000)}};
  const std::string kept = ground.save(small), gone = ground.save(large);
  ground.remove_snapshot(gone);
  const std::uint64_t before = ground.stored_bytes("p");
  ground.advance(25h);
  const Maintained first = done(ground.full());
  EXPECT_GT(number(first, "snapshot-gc", "deletedContentCount"), 0);
  EXPECT_GE(first.deleted.bytes, 3'000'000U);
  EXPECT_GE(ground.stored_bytes("p"), before);
  ground.advance(25h);
  done(ground.full());
  EXPECT_GE(ground.stored_bytes("p"), 3'000'000U);
  for (int day = 0; day < 3; ++day) {
    ground.advance(25h);
    done(ground.full());
    EXPECT_EQ(ground.read(kept), MaintainedRepository::expected(small));
  }
  EXPECT_LT(ground.stored_bytes("p"), 100'000U);
  EXPECT_EQ(done(ground.full()).deleted.count, 0U);
}

TEST_F(Maintenance, NothingIsMarkedBeforeItIsADayOld) {
  const std::string gone = ground.save({{"big", ground.random_text(300'000)}});
  ground.remove_snapshot(gone);
  ground.advance(23h);
  const Maintained run = done(ground.full());
  EXPECT_EQ(number(run, "snapshot-gc", "deletedContentCount"), 0);
  EXPECT_GT(number(run, "snapshot-gc", "unreferencedRecentContentCount"), 0);
}

TEST_F(Maintenance, TwoCollectionsThatAreTooNearToEachOtherDropNothing) {
  ground.remove_snapshot(ground.save(small));
  ground.advance(25h);
  done(ground.full());
  ground.advance(4h - 1min);
  const Maintained run = done(ground.full());
  EXPECT_EQ(task(run, "full-drop-deleted-content").state, State::put_off);
  EXPECT_THAT(ground.blobs("xw"), IsEmpty());
  ground.advance(2min);
  done(ground.full());
  EXPECT_THAT(ground.blobs("xw"), SizeIs(1));
}

TEST_F(Maintenance, WhatASnapshotUsesAgainIsBroughtBack) {
  const std::string first = ground.save(small);
  const std::string data = ground.manifest_data(first);
  ground.remove_snapshot(first);
  ground.advance(25h);
  EXPECT_GT(number(done(ground.full()), "snapshot-gc", "deletedContentCount"), 0);
  const std::string again = ground.bring_back(data);  // as a snapshot that was being written all the time
  EXPECT_EQ(ground.read(again), MaintainedRepository::expected(small));
  ground.advance(5h);
  EXPECT_GT(number(done(ground.full()), "snapshot-gc", "recoveredContentCount"), 0);
  for (int day = 0; day < 4; ++day) {
    ground.advance(25h);
    EXPECT_EQ(done(ground.full()).deleted.count, 0U);
  }
  EXPECT_EQ(ground.read(again), MaintainedRepository::expected(small));
}

TEST_F(Maintenance, NothingIsTakenAwayWhenADirectoryCannotBeRead) {
  const std::string damaged = ground.save(small), gone = ground.save({{"c", "gamma"}});
  const std::vector<std::string> packs = ground.blobs("q");
  ground.remove_snapshot(gone);
  ground.advance(25h);
  // The pack that was written with the first snapshot: the only one that its directories are in.
  const auto repository = ground.open();
  const auto root = *find_root(*repository, damaged, {});
  const auto entry = *repository->indexes()->contents().find(repo::ObjectId::parse(root.object)->content);
  const std::string pack(entry->pack_blob_id);
  Bytes bytes = *store::get(ground.storage, pack, 1 << 30, {});
  bytes[entry->pack_offset + 20] ^= std::byte{1};
  ASSERT_TRUE(store::put(ground.storage, pack, bytes, store::Exists::replace, {}).ok());
  const auto before = ground.blobs();
  const auto run = ground.full(repo::kNoSafety);
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().code(), Code::corrupt);
  EXPECT_THAT(run.error().message(), HasSubstr("nothing was taken away"));
  EXPECT_THAT(ground.problems, Contains(HasSubstr("snapshot " + damaged)));
  EXPECT_THAT(ground.blobs(), IsSupersetOf(before));
  EXPECT_EQ(ground.open()->indexes()->contents().find(entry->id)->value().deleted, false);
}

TEST_F(Maintenance, APackThatIsGoneIsAReasonToTakeNothingAway) {
  const std::string damaged = ground.save(small);
  ground.remove_snapshot(ground.save({{"c", ground.random_text(100'000)}}));
  ground.advance(25h);
  ASSERT_TRUE(ground.storage.remove(pack_of(0, "q"), {}).ok());
  ASSERT_TRUE(ground.storage.remove(pack_of(0, "q"), {}).ok());
  const auto before = ground.blobs();
  EXPECT_FALSE(ground.full(repo::kNoSafety).ok());
  EXPECT_THAT(ground.blobs(), IsSupersetOf(before));
}

TEST_F(Maintenance, PacksThatNoIndexNamesGoWhenTheyAreOldAndTheirSessionIsOver) {
  const std::string id = ground.save(small);
  settle();
  const std::string session = repo::new_session_id(ground.rng, ground.clock.now());
  const std::string other = repo::new_session_id(ground.rng, ground.clock.now());
  const std::string orphan = "p00112233445566778899aabbccddeeff-" + other;
  const std::string in_use = "q00112233445566778899aabbccddeeff-" + session;
  for (const std::string& pack : {orphan, in_use, std::string("pictures"), std::string("p1")}) {
    ASSERT_TRUE(store::put(ground.storage, pack, as_bytes("x"), store::Exists::refuse, {}).ok());
  }
  const auto repository = ground.open();
  auto sealer = *repo::Sealer::create(repository->format().config);
  auto hasher = *repo::Hasher::create(repository->format().config.hash, repository->format().config.secret);
  const std::string text = encode(repo::SessionMarker{session, ground.clock.now(), ground.clock.now(), "u", "h"});
  const auto hash = hasher.hash(as_bytes(text));
  Bytes sealed;
  ASSERT_TRUE(sealer.seal(as_bytes(text), repo::iv_of(hash.bytes()), ground.rng, sealed).ok());
  const std::string marker = "s" + hash.hex() + "-" + session;
  ASSERT_TRUE(store::put(ground.storage, marker, sealed, store::Exists::refuse, {}).ok());

  ground.advance(23h);
  EXPECT_GE(done(ground.full()).young_packs.count, 3U);
  EXPECT_THAT(ground.blobs(), IsSupersetOf({orphan, in_use, marker}));
  ground.advance(2h);
  done(ground.full());
  EXPECT_THAT(ground.blobs(), AllOf(Not(Contains(orphan)), IsSupersetOf({in_use, marker})));
  ground.advance(96h);
  done(ground.full());
  EXPECT_THAT(ground.blobs(), AllOf(Not(Contains(in_use)), Not(Contains(marker))));
  EXPECT_THAT(ground.blobs(), IsSupersetOf({std::string("pictures"), std::string("p1")}));
  EXPECT_EQ(ground.read(id), MaintainedRepository::expected(small));
}

TEST_F(Maintenance, PacksStayWhenTheMarkerOfASessionCannotBeRead) {
  ground.save(small);
  settle();
  const std::string orphan = "p00112233445566778899aabbccddeeff-s00112233445566771a7";
  const std::string marker = "s00112233445566778899aabbccddeeff-s00112233445566771a8";
  for (const std::string& blob : {orphan, marker}) {
    ASSERT_TRUE(store::put(ground.storage, blob, as_bytes("not a marker"), store::Exists::refuse, {}).ok());
  }
  ground.advance(200h);
  const auto run = ground.full();
  ASSERT_FALSE(run.ok());
  EXPECT_THAT(run.error().message(), HasSubstr(marker));
  EXPECT_THAT(ground.blobs(), IsSupersetOf({orphan, marker}));
}

TEST_F(Maintenance, SmallPacksBecomeOneAndTheOldOnesGoAnHourLater) {
  std::vector<std::string> ids;
  std::vector<MaintainedRepository::Files> files;
  for (int i = 0; i < 5; ++i) {
    files.push_back({{"file", ground.random_text(200'000)}});
    ids.push_back(ground.save(files.back()));
  }
  const std::size_t packs = ground.blobs("p").size();
  EXPECT_EQ(packs, 5U);
  ground.advance(25h);
  const Maintained first = done(ground.full());
  EXPECT_EQ(task(first, "full-rewrite-contents").state, State::done);
  EXPECT_EQ(task(first, "full-delete-blobs").state, State::put_off);
  EXPECT_THAT(ground.blobs("p"), SizeIs(packs + 1));
  ground.advance(59min);
  EXPECT_EQ(task(done(ground.full()), "full-delete-blobs").state, State::put_off);
  ground.advance(2min);
  const Maintained later = done(ground.full());
  EXPECT_EQ(task(later, "full-rewrite-contents").state, State::put_off);
  EXPECT_THAT(ground.blobs("p"), SizeIs(1));
  EXPECT_GE(later.freed.bytes, 1'000'000U);
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(ground.read(ids[i]), MaintainedRepository::expected(files[i]));
  ground.advance(25h);
  EXPECT_EQ(task(done(ground.full()), "full-rewrite-contents").state, State::nothing_to_do);
}

TEST_F(Maintenance, ADamagedContentStaysWhereItIsAndTheOthersMove) {
  const std::string whole = ground.save(small);
  const std::string damaged = ground.save({{"file", ground.random_text(100'000)}});
  const auto repository = ground.open();
  const auto root = *find_root(*repository, damaged, {});
  const auto file = *entry_at(*repository, root, "file", {});
  const auto entry = *repository->indexes()->contents().find(repo::ObjectId::parse(file.object)->content);
  const std::string pack(entry->pack_blob_id);
  Bytes bytes = *store::get(ground.storage, pack, 1 << 30, {});
  bytes[entry->pack_offset + 20] ^= std::byte{1};
  ASSERT_TRUE(store::put(ground.storage, pack, bytes, store::Exists::replace, {}).ok());
  ground.advance(25h);
  const Maintained run = done(ground.full(repo::kNoSafety));
  EXPECT_EQ(run.damaged, 1U);
  EXPECT_THAT(ground.problems, ElementsAre(HasSubstr(to_string(entry->id))));
  EXPECT_THAT(ground.blobs("p"), Contains(pack));
  EXPECT_EQ(ground.read(whole), MaintainedRepository::expected(small));
}

TEST_F(Maintenance, OnlyTheOwnerMaintains) {
  ground.save(small);
  const auto before = ground.blobs();
  const auto run = ground.maintain({.garbage = {.caller = {"other", "host"}}});
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().code(), Code::denied);
  EXPECT_THAT(run.error().message(), HasSubstr("maintained by user@host"));
  EXPECT_THAT(run.error().hint(), HasSubstr("--take-ownership"));
  EXPECT_EQ(ground.blobs(), before);
  const auto repository = ground.open();
  auto parameters = *repo::maintenance_parameters_in(*repository->manifests({}));
  parameters.owner = "other@host";
  ASSERT_TRUE(
      repo::replace_maintenance_parameters(*repository, parameters, "other", "host", ground.clock, ground.rng, {})
          .ok());
  EXPECT_TRUE(ground.maintain({.garbage = {.caller = {"other", "host"}}}).ok());
  EXPECT_EQ(ground.quick().error().code(), Code::denied);
}

TEST_F(Maintenance, ClocksThatAreApartAreRefused) {
  ground.save(small);
  ground.clock.advance(5min + 1s);
  EXPECT_EQ(ground.full().error().code(), Code::invalid);
  ground.store_clock.advance(10min + 3s);
  EXPECT_THAT(ground.full().error().message(), HasSubstr("more than 5 minutes apart"));
  ground.clock.advance(1min);
  EXPECT_TRUE(ground.full().ok());
}

TEST_F(Maintenance, ItEndsWhenSomebodyElseBeginsMeanwhile) {
  ground.remove_snapshot(ground.save(small));
  ground.save({{"c", "gamma"}});
  ground.advance(25h);
  const auto repository = ground.open();
  ground.storage.on_change = [&](const std::string& key) -> Result<> {
    if (!key.starts_with("xn")) return {};  // the word that contents are deleted
    ground.storage.on_change = nullptr;
    const Bytes other = seal(repository->format(), repo::MaintenanceSchedule(), ground.rng);
    return store::put(ground.storage, "kopia.maintenance", other, store::Exists::replace, {});
  };
  const auto packs = ground.blobs("p");
  const auto run = ground.full(repo::kNoSafety);
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().code(), Code::conflict);
  EXPECT_THAT(run.error().message(), HasSubstr("somebody else maintains"));
  EXPECT_EQ(ground.blobs("p"), packs);
}

TEST_F(Maintenance, ItEndsWhenTheFormatChangesMeanwhile) {
  ground.remove_snapshot(ground.save(small));
  ground.advance(25h);
  ground.storage.on_change = [&](const std::string& key) -> Result<> {
    if (!key.starts_with("xn")) return {};
    ground.storage.on_change = nullptr;
    std::string text(as_text(*store::get(ground.storage, "kopia.repository", 1 << 20, {})));
    text.replace(text.find("salvor"), 6, "others");
    return store::put(ground.storage, "kopia.repository", as_bytes(text), store::Exists::replace, {});
  };
  const auto run = ground.full(repo::kNoSafety);
  ASSERT_FALSE(run.ok());
  EXPECT_THAT(run.error().message(), HasSubstr("kopia.repository was changed"));
}

// Each save is an index blob; two of them a day begin a new epoch every ten days, when there are twenty.
TEST_F(Maintenance, EpochsEndAreMergedAndTheirIndexesGo) {
  std::vector<std::pair<std::string, MaintainedRepository::Files> > saved;
  std::uint64_t merged = 0, removed = 0;
  for (int i = 0; i < 95; ++i) {
    ground.advance(12h);
    const MaintainedRepository::Files files = {{"file", ground.random_text(100)}};
    saved.emplace_back(ground.save(files), files);
    const Maintained run = done(i % 7 == 0 ? ground.full() : ground.quick());
    if (task(run, "compact-single-epoch").state == State::done) ++merged;
    if (i % 7 == 0)
      removed += static_cast<std::uint64_t>(number(run, "delete-superseded-epoch-indexes", "deletedBlobCount"));
  }
  EXPECT_GE(merged, 3U);
  EXPECT_GT(removed, 20U);
  EXPECT_THAT(ground.blobs("xe"), Not(Contains("xe1")));
  for (const auto& [id, files] : saved) EXPECT_EQ(ground.read(id), MaintainedRepository::expected(files)) << id;
}

TEST_F(Maintenance, LookingChangesNothing) {
  ground.remove_snapshot(ground.save({{"big", ground.random_text(500'000)}}));
  ground.save(small);
  ground.advance(25h);
  const auto before = ground.copy_blobs();
  const Maintained run = done(ground.maintain(
      {.mode = repo::MaintenanceMode::full, .only_looks = true, .garbage = {.caller = {"somebody", "else"}}}));
  EXPECT_GT(number(run, "snapshot-gc", "deletedContentCount"), 0);
  EXPECT_TRUE(ground.copy_blobs() == before);
}

TEST_F(Maintenance, WithoutIndexesNothingIsWaste) {
  ground.save(small);
  ground.advance(25h);
  const auto packs = ground.blobs("p");
  for (const std::string& index : ground.blobs("xn")) ASSERT_TRUE(ground.storage.remove(index, {}).ok());
  EXPECT_FALSE(ground.full(repo::kNoSafety).ok());
  EXPECT_EQ(ground.blobs("p"), packs);
}

// Whatever write or removal fails, and with it all that come later: every snapshot is whole, and the next run goes on.
TEST_F(Maintenance, AFailureAtAnyInstantLosesNothing) {
  const MaintainedRepository::Files other = {{"c", ground.random_text(300'000)}, {"d", "delta"}};
  const std::string first = ground.save(small), gone = ground.save({{"e", ground.random_text(200'000)}});
  const std::string second = ground.save(other);
  const std::string data = ground.manifest_data(gone);
  ground.remove_snapshot(gone);
  ground.advance(25h);
  done(ground.full());                               // marks as deleted what
  const std::string back = ground.bring_back(data);  // is in use again
  ground.remove_snapshot(ground.save({{"f", ground.random_text(100'000)}}));
  ground.advance(2s);
  const auto beginning = ground.copy_blobs();
  bool finished = false;
  for (std::uint64_t fails_at = 0; !finished; fails_at = next_case(fails_at)) {
    ASSERT_LT(fails_at, kIsSanitized ? 200U : 100U);  // a sample steps further
    ground.put_blobs(beginning);
    ground.advance(2s);
    std::atomic<std::uint64_t> changes{0};  // packs are removed by several threads
    ground.storage.on_change = [&](const std::string&) -> Result<> {
      if (changes++ < fails_at) return {};
      return Error(Code::unavailable, "the line was cut");
    };
    finished = ground.full(repo::kNoSafety).ok();
    ground.storage.on_change = nullptr;
    const auto check = [&] {
      EXPECT_EQ(ground.read(first), MaintainedRepository::expected(small)) << fails_at;
      EXPECT_TRUE(ground.read(second) == MaintainedRepository::expected(other)) << fails_at;
      EXPECT_THAT(ground.read(back), SizeIs(2)) << fails_at;
      for (const auto& [path, text] : ground.read(back)) EXPECT_EQ(text.size(), 200'000U) << fails_at << text;
    };
    check();
    ground.advance(2s);
    done(ground.full(repo::kNoSafety));
    check();
  }
}

}  // namespace
}  // namespace salvor::snapshot
