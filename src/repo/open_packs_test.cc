#include "repo/open_packs.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/rng.h"
#include "store/memory.h"

namespace salvor::repo {
namespace {

class OpenPacksTest : public testing::Test {
 protected:
  OpenPacks::Begin begin() {
    return [this] { return ++begun_, PackBuilder::begin('p', "s0", blobs_, rng_, {}); };
  }
  // What puts so many bytes into a pack.
  static OpenPacks::Put bytes(std::size_t count) {
    return [count](PackBuilder& pack) { return pack.add({}, Bytes(count)); };
  }

  SystemClock clock_;
  store::MemoryStorage storage_{clock_};
  BlobStore blobs_ = BlobStore::flat(storage_, "");
  SeededRng rng_{1};
  int begun_ = 0;
};

TEST_F(OpenPacksTest, FillsOnePackUntilItIsFull) {
  OpenPacks packs(4);
  EXPECT_FALSE(packs.put(10'000, begin(), bytes(4'000)).value());
  EXPECT_FALSE(packs.put(10'000, begin(), bytes(4'000)).value());
  const std::optional<PackBuilder> full = packs.put(10'000, begin(), bytes(4'000)).value();
  ASSERT_TRUE(full);
  EXPECT_GE(full->size(), 12'000U);
  EXPECT_EQ(begun_, 1);
  EXPECT_TRUE(packs.take_all().empty());
}

TEST_F(OpenPacksTest, TakesAnotherPackWhileALargeOneIsInUse) {
  OpenPacks packs(2);
  ASSERT_FALSE(packs.put(100 << 20, begin(), bytes(5 << 20)).value());
  const auto meanwhile = [&](PackBuilder& pack) {
    EXPECT_FALSE(packs.put(100 << 20, begin(), bytes(1)).value());
    return pack.add({}, Bytes(1));
  };
  ASSERT_FALSE(packs.put(100 << 20, begin(), meanwhile).value());
  EXPECT_EQ(begun_, 2);
  EXPECT_EQ(packs.take_all().size(), 2U);
}

TEST_F(OpenPacksTest, DropsThePackThatAnErrorLeftUnknown) {
  OpenPacks packs(1);
  ASSERT_FALSE(packs.put(100, begin(), bytes(1)).value());
  const auto failing = [](PackBuilder&) -> Result<> { return Error(Code::unavailable, "gone"); };
  EXPECT_EQ(packs.put(100, begin(), failing).error().code(), Code::unavailable);
  EXPECT_TRUE(packs.take_all().empty());
  EXPECT_EQ(packs.put(
                     100, [] { return Result<PackBuilder>(Error(Code::denied, "no")); }, bytes(1))
                .error()
                .code(),
            Code::denied);
}

}  // namespace
}  // namespace salvor::repo
