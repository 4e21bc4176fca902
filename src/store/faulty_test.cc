#include "store/faulty.h"

#include <gtest/gtest.h>

#include "store/contract_testing.h"
#include "store/memory.h"

namespace salvor::store {
namespace {

struct Ground {
  FakeClock clock;
  MemoryStorage memory{clock};
};

const bool kRegistered = register_contract("FaultyStorageContract", [] {
  auto ground = std::make_shared<Ground>();
  return StorageUnderTest{ground, std::make_unique<FaultyStorage>(ground->memory)};
});

class FaultyStorageTest : public testing::Test {
 protected:
  Ground ground;
  FaultyStorage storage{ground.memory, &ground.clock};
  Result<> put_hello() { return put(storage, "key", as_bytes("hello"), Exists::replace, {}); }
};

using Kind = StorageFault::Kind;

TEST_F(FaultyStorageTest, FailsTheChosenCallOnly) {
  storage.plan("commit", 2, {.code = Code::out_of_space});
  EXPECT_TRUE(put_hello().ok());
  EXPECT_EQ(put_hello().error().code(), Code::out_of_space);
  EXPECT_TRUE(put_hello().ok());
  EXPECT_EQ(storage.calls("commit"), 3u);
}

TEST_F(FaultyStorageTest, LosesAnswersOfWorkThatWasDone) {
  storage.plan("commit", 1, {.kind = Kind::fail_after});
  EXPECT_FALSE(put_hello().ok());
  EXPECT_EQ(as_text(get(storage, "key", 10, {}).value()), "hello");
}

TEST_F(FaultyStorageTest, CutsStreams) {
  ASSERT_TRUE(put_hello().ok());
  storage.plan("read", 1, {.kind = Kind::cut});
  EXPECT_EQ(get_range(storage, "key", 0, 5, {}).error().code(), Code::corrupt);
}

TEST_F(FaultyStorageTest, FlipsBits) {
  ASSERT_TRUE(put_hello().ok());
  storage.plan("read", 1, {.kind = Kind::flip, .bit = 8});
  EXPECT_EQ(as_text(get(storage, "key", 10, {}).value()), "hdllo");
}

std::string listing(Storage& storage) {
  std::string keys;
  const auto listed = storage.list("", [&](const Entry& entry) { return (keys += entry.key + " ", Result<>{}); }, {});
  return listed.ok() ? keys : keys + "! ";
}

TEST_F(FaultyStorageTest, ServesStaleAndCutLists) {
  storage.plan("list", 2, {.kind = Kind::stale});
  storage.plan("list", 4, {.kind = Kind::cut});
  ASSERT_TRUE(put_hello().ok());
  EXPECT_EQ(listing(storage), "key ");
  ASSERT_TRUE(put(storage, "other", as_bytes("x"), Exists::replace, {}).ok());
  EXPECT_EQ(listing(storage), "key ");
  EXPECT_EQ(listing(storage), "key other ");
  EXPECT_EQ(listing(storage), "key ! ");
}

TEST_F(FaultyStorageTest, DelaysAnswers) {
  storage.plan("commit", 1, {.kind = Kind::none, .delay = std::chrono::seconds(90)});
  EXPECT_TRUE(put_hello().ok());
  EXPECT_EQ(ground.clock.monotonic(), std::chrono::seconds(90));
}

TEST_F(FaultyStorageTest, FollowsAScriptOverAllCalls) {
  storage.set_script(fault_at(3, {.code = Code::throttled, .retry_after = std::chrono::seconds(2)}));
  const auto outcome = put_hello();
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().message(), "commit: planned fault");
  EXPECT_EQ(outcome.error().retry_after(), std::chrono::seconds(2));
  EXPECT_EQ(storage.calls(), 3u);
}

}  // namespace
}  // namespace salvor::store
