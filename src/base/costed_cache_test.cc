#include "base/costed_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "base/task_group.h"

namespace salvor {
namespace {

using Numbers = CostedCache<int, int>;

struct Counted {
  Result<int> get(int key, std::uint64_t cost = 1) {
    return *TRY(cache.get(key, [&]() -> Result<Numbers::Priced> {
      ++loads;
      return Numbers::Priced{std::make_shared<const int>(2 * key), cost};
    }));
  }
  Numbers cache{3};
  std::atomic<int> loads{0};
};

TEST(CostedCache, KeepsWhatWasUsedLastWithinItsBound) {
  Counted counted;
  for (const int key : {1, 2, 3, 1, 4}) EXPECT_EQ(counted.get(key).value(), 2 * key);
  EXPECT_EQ(counted.loads, 4);
  EXPECT_EQ(counted.get(1).value(), 2);  // 2 was the oldest
  EXPECT_EQ(counted.loads, 4);
  EXPECT_EQ(counted.get(2).value(), 4);
  EXPECT_EQ(counted.loads, 5);
  EXPECT_EQ(counted.cache.cost(), 3U);
}

TEST(CostedCache, GivesAValueThatIsDearerThanItsBound) {
  Counted counted;
  EXPECT_EQ(counted.get(1, 100).value(), 2);
  EXPECT_EQ(counted.get(2).value(), 4);
  EXPECT_EQ(counted.cache.cost(), 1U);
}

TEST(CostedCache, DoesNotKeepErrors) {
  Counted counted;
  const auto failed =
      counted.cache.get(1, [&]() -> Result<Numbers::Priced> { return Error(Code::corrupt, "damaged"); });
  EXPECT_EQ(failed.error().code(), Code::corrupt);
  EXPECT_EQ(counted.get(1).value(), 2);
}

TEST(CostedCache, LoadsOnceWhatManyThreadsWant) {
  Counted counted;
  TaskGroup group;
  for (int i = 0; i < 8; ++i) {
    group.start([&](std::stop_token) -> Result<> {
      for (int key = 0; key < 3; ++key) {
        if (TRY(counted.get(key)) != 2 * key) return Error(Code::internal, "another value");
      }
      return {};
    });
  }
  EXPECT_TRUE(group.join().ok());
  EXPECT_EQ(counted.loads, 3);
}

}  // namespace
}  // namespace salvor
