#include "base/task_group.h"

#include <gtest/gtest.h>

#include <atomic>

#include "base/clock.h"

namespace salvor {
namespace {

Result<> until_stopped(std::stop_token stop) {
  SystemClock clock;
  clock.wait(std::chrono::hours(1), stop);
  return Error(Code::cancelled, "stopped");
}

TEST(TaskGroup, SucceedsWhenAllDo) {
  std::atomic<int> done = 0;
  TaskGroup group;
  for (int i = 0; i < 5; ++i) group.start([&](std::stop_token) { return (++done, Result<>{}); });
  EXPECT_TRUE(group.join().ok());
  EXPECT_EQ(done, 5);
}

TEST(TaskGroup, TheFirstErrorStopsTheOthersAndIsReported) {
  TaskGroup group;
  for (int i = 0; i < 3; ++i) group.start(until_stopped);
  group.start([](std::stop_token) -> Result<> { return Error(Code::corrupt, "broken"); });
  EXPECT_EQ(group.join().error().code(), Code::corrupt);
}

TEST(TaskGroup, PassesOnItsParentsStop) {
  std::stop_source parent;
  TaskGroup group(parent.get_token());
  group.start(until_stopped);
  parent.request_stop();
  EXPECT_EQ(group.join().error().code(), Code::cancelled);
}

TEST(TaskGroup, StartsStoppedUnderAStoppedParent) {
  std::stop_source parent;
  parent.request_stop();
  TaskGroup group(parent.get_token());
  EXPECT_TRUE(group.stop_token().stop_requested());
}

TEST(TaskGroup, DoesNotStopItsParent) {
  std::stop_source parent;
  TaskGroup group(parent.get_token());
  group.request_stop();
  EXPECT_FALSE(parent.stop_requested());
}

TEST(TaskGroup, StopsAndJoinsWhenDropped) {
  std::atomic<bool> ended = false;
  {
    TaskGroup group;
    group.start([&](std::stop_token stop) {
      auto outcome = until_stopped(stop);
      ended = true;
      return outcome;
    });
  }
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace salvor
