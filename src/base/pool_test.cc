#include "base/pool.h"

#include <gtest/gtest.h>

#include <atomic>

#include "base/task_group.h"

namespace salvor {
namespace {

TEST(Pool, GivesTheSameValueAgainAndNeverOneToTwo) {
  Pool<std::atomic_int*> pool;
  std::atomic_int counters[8] = {};
  std::atomic_int made{0};
  const auto make = [&]() -> Result<std::atomic_int*> { return &counters[made++]; };
  TaskGroup group;
  std::atomic_bool shared{false};
  for (int thread = 0; thread < 4; ++thread) {
    group.start([&](std::stop_token) -> Result<> {
      for (int i = 0; i < 1000; ++i) {
        const auto one = TRY(pool.borrow(make));
        if (++**one != 1) shared = true;
        --**one;
      }
      return {};
    });
  }
  ASSERT_TRUE(group.join().ok());
  EXPECT_FALSE(shared);
  EXPECT_GE(made, 1);
  EXPECT_LE(made, 4);
}

TEST(Pool, AValueThatCannotBeMadeIsAnError) {
  Pool<int> pool;
  EXPECT_EQ(pool.borrow([]() -> Result<int> { return Error(Code::unsupported, "no"); }).error().code(),
            Code::unsupported);
  EXPECT_EQ(**pool.borrow([]() -> Result<int> { return 7; }), 7);
}

}  // namespace
}  // namespace salvor
