#include "repo/password.h"

#include <gtest/gtest.h>

#include "repo/blob_id.h"
#include "repo/format_reader.h"
#include "repo/format_samples_testing.h"
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
  const os::Secret new_one{"new"};

  void make(BlobConfig retention = {}) {
    format = keyed_format(3);
    format.blob_config = std::move(retention);
    const FormatBytes bytes = encode(format, rng).value();
    ASSERT_TRUE(store.put(kBlobConfigBlob, bytes.blobcfg, store::Exists::replace, {}).ok());
    ASSERT_TRUE(store.put(kRepositoryBlob, bytes.repository, store::Exists::replace, {}).ok());
  }
  Result<> change() { return replace_password(store, format, new_one, rng, {}); }
  // Made of the password once for all tests: it takes long.
  static const FormatKey& new_key() {
    static const FormatKey made =
        FormatKey::derive(os::Secret("new"), keyed_format(3).key.unique_id(), kPbkdf2KeyAlgorithm).value();
    return made;
  }
  Code opens(const FormatKey& key) {
    const auto opened = read_format(store, key, {});
    return opened.ok() ? Code::already_exists : opened.error().code();  // which opening never says
  }

  FakeClock clock{Time(std::chrono::hours(24 * 365 * 50))};
  SeededRng rng{5};
  BreakingDown storage{clock};
  BlobStore store = BlobStore::flat(storage, "");
  RepositoryFormat format = keyed_format(3);
};
constexpr Code kOpens = Code::already_exists;

TEST_F(Passwords, TheNewOneOpensAndTheOldOneDoesNot) {
  make();
  ASSERT_TRUE(change().ok());
  EXPECT_EQ(opens(new_key()), kOpens);
  EXPECT_EQ(opens(format.key), Code::denied);
  EXPECT_TRUE(store::exists(storage, std::string(kBlobConfigBlob), {}).value());
}

TEST_F(Passwords, ABreakdownAtAnyWriteLeavesARepositoryThatOneOfThemOpens) {
  for (int at = 0; at < 3; ++at) {
    make();
    storage.changes = 0;
    storage.fails_at = at;
    EXPECT_FALSE(change().ok());
    storage.fails_at = -1;
    EXPECT_EQ((opens(format.key) == kOpens) + (opens(new_key()) == kOpens), 1) << at;
  }
}

TEST_F(Passwords, ARetentionStays) {
  make({.retention_mode = "GOVERNANCE", .retention_period = std::chrono::hours(48)});
  ASSERT_TRUE(change().ok());
  const auto opened = read_format(store, new_one, {});
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->blob_config, format.blob_config);
}

TEST_F(Passwords, WhoComesSecondIsDeniedAndAnEmptyOneIsNone) {
  make();
  EXPECT_EQ(replace_password(store, format, os::Secret(""), rng, {}).error().code(), Code::invalid);
  ASSERT_TRUE(change().ok());
  EXPECT_EQ(change().error().code(), Code::denied);
  EXPECT_EQ(opens(new_key()), kOpens);
}

}  // namespace
}  // namespace salvor::repo
