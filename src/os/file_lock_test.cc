#include "os/file_lock.h"

#include <gtest/gtest.h>

#include "os/temporary_directory.h"

namespace salvor::os {
namespace {

TEST(FileLock, IsHeldByOneAtATimeAndGivenBackWithItsOwner) {
  const auto ground = TemporaryDirectory::make().value();
  const std::string path = ground.path() + "/lock";
  FakeClock clock;
  {
    const auto first = FileLock::take(path, clock, std::chrono::seconds(10), {});
    ASSERT_TRUE(first.ok());
    const Duration begun = clock.monotonic();
    const auto second = FileLock::take(path, clock, std::chrono::seconds(10), {});
    EXPECT_EQ(second.error().code(), Code::unavailable);
    EXPECT_GE(clock.monotonic() - begun, std::chrono::seconds(10)) << "it did not wait";
  }
  EXPECT_TRUE(FileLock::take(path, clock, {}, {}).ok());
}

TEST(FileLock, EndsItsWaitOnRequest) {
  const auto ground = TemporaryDirectory::make().value();
  FakeClock clock;
  const auto held = FileLock::take(ground.path() + "/lock", clock, {}, {});
  std::stop_source stop;
  stop.request_stop();
  const auto waiting = FileLock::take(ground.path() + "/lock", clock, std::chrono::hours(1), stop.get_token());
  EXPECT_EQ(waiting.error().code(), Code::cancelled);
}

TEST(FileLock, NeedsItsDirectory) {
  FakeClock clock;
  EXPECT_EQ(FileLock::take("/nonexistent/lock", clock, {}, {}).error().code(), Code::not_found);
}

}  // namespace
}  // namespace salvor::os
