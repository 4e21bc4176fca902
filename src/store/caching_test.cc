#include "store/caching.h"

#include <gtest/gtest.h>

#include "store/counting.h"
#include "store/faulty.h"
#include "store/memory.h"

namespace salvor::store {
namespace {

using std::chrono::seconds;

// Somebody else's door to the same store is `behind`; `counter` sees what passes the cache.
struct Desk {
  explicit Desk(CachePolicy policy = {}) {
    auto faulty = std::make_unique<FaultyStorage>(behind);
    faults = faulty.get();
    auto counted = std::make_unique<CountingStorage>(std::move(faulty), counter);
    storage = std::make_unique<CachingStorage>(std::move(counted), std::move(policy), clock);
  }
  void others_put(const std::string& key, const std::string& text) {
    ASSERT_TRUE(put(behind, key, as_bytes(text), Exists::replace, {}).ok());
  }
  std::string read(const std::string& key) {
    const auto bytes = get(*storage, key, kMiB, {});
    return bytes.ok() ? std::string(as_text(*bytes)) : std::string(to_string(bytes.error().code()));
  }

  FakeClock clock;
  MemoryStorage behind{clock};
  UsageCounter counter;
  FaultyStorage* faults = nullptr;
  std::unique_ptr<CachingStorage> storage;
};

TEST(CachingStorage, AsksOnceForWhatIsReadOften) {
  Desk desk;
  desk.others_put("key", "value");
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(desk.read("key"), "value");
    EXPECT_EQ(desk.storage->stat("key", {}).value().size, 5u);
    EXPECT_EQ(as_text(get_range(*desk.storage, "key", 1, 3, {}).value()), "alu");
  }
  EXPECT_EQ(desk.counter.so_far().reads, 1u);
  EXPECT_EQ(desk.counter.so_far().stats, 1u);
}

TEST(CachingStorage, SeesItsOwnChangesAtOnce) {
  Desk desk;
  desk.others_put("key", "value");
  EXPECT_EQ(desk.read("key"), "value");
  ASSERT_TRUE(put(*desk.storage, "key", as_bytes("mine"), Exists::replace, {}).ok());
  EXPECT_EQ(desk.read("key"), "mine");
  EXPECT_EQ(desk.storage->stat("key", {}).value().size, 4u);
  ASSERT_TRUE(desk.storage->remove("key", {}).ok());
  EXPECT_EQ(desk.read("key"), "not_found");
  EXPECT_EQ(desk.storage->stat("key", {}).error().code(), Code::not_found);
}

TEST(CachingStorage, ForgetsWhatItMayHaveChangedThoughTheAnswerGotLost) {
  Desk desk;
  desk.others_put("key", "value");
  EXPECT_EQ(desk.read("key"), "value");
  desk.faults->plan("commit", 1, {.kind = StorageFault::Kind::fail_after});
  desk.faults->plan("remove", 1, {.kind = StorageFault::Kind::fail_after});
  EXPECT_FALSE(put(*desk.storage, "key", as_bytes("mine"), Exists::replace, {}).ok());
  EXPECT_EQ(desk.read("key"), "mine");
  EXPECT_FALSE(desk.storage->remove("key", {}).ok());
  EXPECT_EQ(desk.read("key"), "not_found");
}

TEST(CachingStorage, SeesWhatOthersChangeAfterItsAgeAtMost) {
  Desk desk({.max_age = seconds(10)});
  desk.others_put("key", "value");
  EXPECT_EQ(desk.read("key"), "value");
  EXPECT_EQ(desk.storage->stat("key", {}).value().size, 5u);
  desk.others_put("key", "other");
  desk.clock.advance(seconds(10) - Duration(1));
  EXPECT_EQ(desk.read("key"), "value");
  desk.clock.advance(Duration(1));
  EXPECT_EQ(desk.read("key"), "other");
  desk.others_put("key", "longer than before");
  desk.clock.advance(seconds(10));
  EXPECT_EQ(desk.storage->stat("key", {}).value().size, 18u);
  EXPECT_EQ(desk.read("key"), "longer than before");
}

// Content and size were asked for at different times; the older one must not outlive what the newer one says.
TEST(CachingStorage, NeverContradictsItself) {
  Desk desk({.max_age = seconds(10)});
  desk.others_put("key", "value");
  EXPECT_EQ(desk.read("key"), "value");
  desk.others_put("key", "other value");
  EXPECT_EQ(desk.storage->stat("key", {}).value().size, 11u);
  EXPECT_EQ(desk.read("key"), "other value");
}

TEST(CachingStorage, NeverKeepsWhatWasAskedForBeforeItsOwnWrite) {
  Desk desk;
  desk.others_put("key", "value");
  const auto early = desk.storage->open("key", {}, {}).value();
  ASSERT_TRUE(put(*desk.storage, "key", as_bytes("newer"), Exists::replace, {}).ok());
  Bytes buffer(100);
  while (early->read(buffer).value() > 0) {
  }
  EXPECT_EQ(desk.read("key"), "newer");
}

TEST(CachingStorage, KeepsNothingThatWasCut) {
  Desk desk;
  desk.others_put("key", std::string(1000, 'x'));
  desk.faults->plan("read", 1, {.kind = StorageFault::Kind::cut});
  EXPECT_EQ(desk.read("key"), "");
  EXPECT_EQ(desk.read("key"), std::string(1000, 'x'));
  desk.faults->plan("read", desk.faults->calls("read") + 2, {});
  desk.others_put("broken", std::string(1000, 'x'));
  EXPECT_EQ(desk.read("broken"), "unavailable");
  EXPECT_EQ(desk.read("broken"), std::string(1000, 'x'));
}

TEST(CachingStorage, StaysWithinItsMemory) {
  Desk desk({.max_bytes = 100'000, .max_object = 20'000});
  for (int i = 0; i < 200; ++i) {
    const std::string key = "key-" + std::to_string(i);
    desk.others_put(key, std::string(5000, 'x'));
    EXPECT_EQ(desk.read(key).size(), 5000u);
    EXPECT_TRUE(desk.storage->stat(key, {}).ok());
    EXPECT_LE(desk.storage->kept_bytes(), 100'000u);
  }
  EXPECT_GT(desk.storage->kept_bytes(), 80'000u);
  desk.others_put("large", std::string(20'001, 'x'));
  const auto reads = desk.counter.so_far().reads;
  EXPECT_EQ(desk.read("large"), desk.read("large"));
  EXPECT_EQ(desk.counter.so_far().reads, reads + 2);
}

TEST(CachingStorage, DropsWhatWasNotUsedForLongest) {
  Desk desk({.max_bytes = 10'000});
  for (const char* key : {"a", "b", "c", "d"}) desk.others_put(key, std::string(3000, *key));
  for (const char* key : {"a", "b", "a", "c", "a", "d"}) desk.read(key);
  const auto reads = desk.counter.so_far().reads;
  desk.read("a");
  EXPECT_EQ(desk.counter.so_far().reads, reads);
  desk.read("b");
  EXPECT_EQ(desk.counter.so_far().reads, reads + 1);
}

TEST(CachingStorage, KeepsOnlyWhatItIsAskedTo) {
  Desk desk({.wanted = [](std::string_view key) { return key.ends_with(".json"); }});
  desk.others_put("a.json", "x");
  desk.others_put("a.tar", "x");
  for (int i = 0; i < 3; ++i) {
    desk.read("a.json");
    desk.read("a.tar");
  }
  EXPECT_EQ(desk.counter.so_far().reads, 1u + 3u);
}

}  // namespace
}  // namespace salvor::store
