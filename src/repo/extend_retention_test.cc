#include "repo/extend_retention.h"

#include <gmock/gmock.h>

#include "repo/create.h"
#include "store/forwarding.h"
#include "store/memory.h"

namespace salvor::repo {
namespace {

using std::chrono::hours;

const os::Secret kLockedPassword("correct horse");

NewRepository locked_for(Duration period) {
  NewRepository wanted;
  wanted.blob_config.retention_mode = "GOVERNANCE";
  wanted.blob_config.retention_period = period;
  return wanted;
}

// Of stock too: session markers, logs and the schedule of maintenance are not locked.
TEST(Retention, HoldsForPacksIndexesAndTheFormat) {
  FakeClock clock(Time(hours(24 * 365 * 50)));
  SystemRng rng;
  store::MemoryStorage storage(clock);
  const auto repository =
      *create_repository(storage, BlobLayout::flat, locked_for(hours(48)), kLockedPassword, {"u", "h"}, clock, rng, {});
  BlobStore& blobs = repository->blobs();
  ASSERT_TRUE(blobs.put("s0123-s01234567890123451", as_bytes("a session"), store::Exists::refuse, {}).ok());
  const Time written = clock.now();
  std::size_t kept = 0;
  const auto look = [&](const store::Entry& entry) -> Result<> {
    const bool is_session = entry.key.starts_with('s');
    kept += is_session ? 0 : 1;
    EXPECT_EQ(storage.retained_until(entry.key), is_session ? std::nullopt : std::optional(written + hours(48)));
    return {};
  };
  ASSERT_TRUE(storage.list("", look, {}).ok());
  EXPECT_EQ(kept, 4U) << "two format blobs, a pack of manifests and its index";

  clock.advance(hours(24));
  const store::Retention retention = repository->format().blob_config.retention();
  TaskStats stats = *extend_retention(blobs, retention, RetentionWork::look, {});
  EXPECT_EQ(encode_values(stats), R"({"toExtendBlobCount":4,"extendedBlobCount":0,"retentionPeriod":"48h0m0s"})");
  EXPECT_EQ(storage.retained_until("kopia.repository"), written + hours(48));
  stats = *extend_retention(blobs, retention, RetentionWork::extend, {});
  EXPECT_EQ(encode_values(stats), R"({"toExtendBlobCount":4,"extendedBlobCount":4,"retentionPeriod":"48h0m0s"})");
  EXPECT_EQ(storage.retained_until("kopia.repository"), written + hours(72));
}

struct WithoutLocks final : store::ForwardingStorage {
  using ForwardingStorage::ForwardingStorage;
  Result<> retain_new(const store::Retention& retention, std::vector<std::string> beginnings) override {
    return Storage::retain_new(retention, std::move(beginnings));
  }
  Result<> retain(const std::string& key, const store::Retention& retention, std::stop_token stop) override {
    return Storage::retain(key, retention, std::move(stop));
  }
};

TEST(Retention, ThatTheStorageCannotKeepForbidsToWrite) {
  FakeClock clock;
  SystemRng rng;
  WithoutLocks storage(std::make_unique<store::MemoryStorage>(clock));
  const NewRepository wanted = locked_for(hours(24));
  const auto made = create_repository(storage, BlobLayout::flat, wanted, kLockedPassword, {"u", "h"}, clock, rng, {});
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code(), Code::unsupported);
  BlobStore blobs = BlobStore::flat(storage, "");
  blobs.retain_new(wanted.blob_config.retention());
  EXPECT_TRUE(blobs.put("s0123-s01234567890123451", {}, store::Exists::refuse, {}).ok()) << "is not kept anyway";
  const auto put = blobs.put("p0123-s01234567890123451", {}, store::Exists::refuse, {});
  ASSERT_FALSE(put.ok());
  EXPECT_EQ(put.error().code(), Code::unsupported);
  ASSERT_TRUE(store::put(storage, "p0123-s01234567890123451", {}, store::Exists::refuse, {}).ok());
  const auto extended = extend_retention(blobs, wanted.blob_config.retention(), RetentionWork::extend, {});
  ASSERT_FALSE(extended.ok());
  EXPECT_THAT(extended.error().message(), ::testing::HasSubstr("1 of 1 blobs"));
}

}  // namespace
}  // namespace salvor::repo
