#include "repo/password.h"

#include <gtest/gtest.h>

#include "repo/blob_id.h"
#include "repo/create.h"
#include "store/forwarding.h"
#include "store/memory.h"

namespace salvor::repo {
namespace {

// Breaks down before change number `fails_at`.
struct BreakingDown final : store::ForwardingStorage {
  explicit BreakingDown(Clock& clock) : ForwardingStorage(std::make_unique<store::MemoryStorage>(clock)) {}
  Result<std::unique_ptr<store::WriteStream> > create(const std::string& key, store::Exists exists,
                                                      std::stop_token stop) override {
    if (fails_at >= 0 && changes++ >= fails_at) return Error(Code::unavailable, "the line was cut");
    return inner().create(key, exists, std::move(stop));
  }
  Result<> remove(const std::string& key, std::stop_token stop) override {
    if (fails_at >= 0 && changes++ >= fails_at) return Error(Code::unavailable, "the line was cut");
    return inner().remove(key, std::move(stop));
  }
  int fails_at = -1, changes = 0;
};

struct Passwords : ::testing::Test {
  const os::Secret old_one{"old"}, new_one{"new"};

  void make(BlobConfig retention = {}) {
    NewRepository wanted;
    wanted.key_algorithm = kPbkdf2KeyAlgorithm;
    wanted.blob_config = std::move(retention);
    auto created = create_repository(storage, BlobLayout::flat, wanted, old_one, {"user", "host"}, clock, rng, {});
    ASSERT_TRUE(created.ok()) << to_string(created.error());
    repository = *std::move(created);
  }
  Result<> change() { return replace_password(repository->blobs(), repository->format(), new_one, rng, {}); }
  Code opens(const os::Secret& password) {
    const auto opened = Repository::open(BlobStore::flat(storage, ""), password, clock, {});
    return opened.ok() ? Code::already_exists : opened.error().code();  // which opening never says
  }

  FakeClock clock{Time(std::chrono::hours(24 * 365 * 50))};
  SeededRng rng{5};
  BreakingDown storage{clock};
  std::unique_ptr<Repository> repository;
};
constexpr Code kOpens = Code::already_exists;

TEST_F(Passwords, TheNewOneOpensAndTheOldOneDoesNot) {
  make();
  ASSERT_TRUE(change().ok());
  EXPECT_EQ(opens(new_one), kOpens);
  EXPECT_EQ(opens(old_one), Code::denied);
  EXPECT_TRUE(store::exists(storage, std::string(kBlobConfigBlob), {}).value());
}

TEST_F(Passwords, ABreakdownAtAnyWriteLeavesARepositoryThatOneOfThemOpens) {
  for (int at = 0; at < 3; ++at) {
    std::vector<std::string> keys;
    ASSERT_TRUE(
        storage.list("", [&](const store::Entry& entry) { return keys.push_back(entry.key), Result<>(); }, {}).ok());
    for (const std::string& key : keys) ASSERT_TRUE(storage.remove(key, {}).ok());
    make();
    storage.changes = 0;
    storage.fails_at = at;
    EXPECT_FALSE(change().ok());
    storage.fails_at = -1;
    EXPECT_EQ((opens(old_one) == kOpens) + (opens(new_one) == kOpens), 1) << at;
  }
}

TEST_F(Passwords, ARetentionStays) {
  make({.retention_mode = "GOVERNANCE", .retention_period = std::chrono::hours(48)});
  ASSERT_TRUE(change().ok());
  const auto opened = Repository::open(BlobStore::flat(storage, ""), new_one, clock, {});
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ((*opened)->format().blob_config, repository->format().blob_config);
}

TEST_F(Passwords, WhoComesSecondIsDeniedAndAnEmptyOneIsNone) {
  make();
  EXPECT_EQ(replace_password(repository->blobs(), repository->format(), os::Secret(""), rng, {}).error().code(),
            Code::invalid);
  ASSERT_TRUE(change().ok());
  EXPECT_EQ(change().error().code(), Code::denied);
  EXPECT_EQ(opens(new_one), kOpens);
}

}  // namespace
}  // namespace salvor::repo
