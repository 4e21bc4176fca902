#include "store/counting.h"

#include <gtest/gtest.h>

#include "store/memory.h"

namespace salvor::store {
namespace {

TEST(CountingStorage, CountsCallsAndBytesByKind) {
  FakeClock clock;
  UsageCounter counter;
  CountingStorage storage(std::make_unique<MemoryStorage>(clock), counter);
  EXPECT_EQ(counter.so_far(), Usage{});
  ASSERT_TRUE(put(storage, "d/a", as_bytes("12345"), Exists::replace, {}).ok());
  ASSERT_TRUE(put(storage, "d/b", as_bytes("1234567"), Exists::replace, {}).ok());
  {
    const auto dropped = storage.create("d/c", Exists::replace, {});
  }
  ASSERT_TRUE(get(storage, "d/a", 10, {}).ok());
  ASSERT_TRUE(get_range(storage, "d/b", 2, 3, {}).ok());
  EXPECT_FALSE(storage.open("absent", {}, {}).ok());
  ASSERT_TRUE(storage.stat("d/a", {}).ok());
  ASSERT_TRUE(storage.list("", [](const Entry&) { return Result<>{}; }, {}).ok());
  ASSERT_TRUE(storage.list_directories("", [](std::string_view) { return Result<>{}; }, {}).ok());
  ASSERT_TRUE(storage.remove("d/a", {}).ok());
  ASSERT_TRUE(storage.free_space({}).ok() && storage.capabilities({}).ok());
  ASSERT_TRUE(storage.server_time({}).ok() && storage.excess_rights("p/", {}).ok());
  const Usage wanted{.writes = 3,
                     .commits = 2,
                     .reads = 3,
                     .stats = 1,
                     .lists = 2,
                     .listed = 3,
                     .removes = 1,
                     .others = 4,
                     .bytes_up = 12,
                     .bytes_down = 8};
  EXPECT_EQ(counter.so_far(), wanted);
}

}  // namespace
}  // namespace salvor::store
