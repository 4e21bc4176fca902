#include "os/signals.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <semaphore>

namespace salvor::os {
namespace {

// Each in a process of its own: signals that stay blocked must not reach other tests.
void interrupted_once(int signal) {
  const auto signals = InterruptSignals::watch().value();
  std::binary_semaphore stopped(0);
  const std::stop_callback note(signals->stop_token(), [&] { stopped.release(); });
  ::kill(::getpid(), signal);
  stopped.acquire();
  ::_exit(signals->stop_token().stop_requested() ? 42 : 1);
}

void interrupted_twice() {
  const auto signals = InterruptSignals::watch().value();
  std::binary_semaphore stopped(0);
  const std::stop_callback note(signals->stop_token(), [&] { stopped.release(); });
  ::kill(::getpid(), SIGINT);
  stopped.acquire();
  ::kill(::getpid(), SIGINT);
  for (;;) ::pause();
}

class InterruptSignalsDeathTest : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(InterruptSignalsDeathTest, RequestAStopOnTheFirstSignal) {
  EXPECT_EXIT(interrupted_once(SIGINT), testing::ExitedWithCode(42), "");
  EXPECT_EXIT(interrupted_once(SIGTERM), testing::ExitedWithCode(42), "");
}

TEST_F(InterruptSignalsDeathTest, EndTheProcessOnTheSecond) {
  EXPECT_EXIT(interrupted_twice(), testing::ExitedWithCode(130), "");
}

TEST_F(InterruptSignalsDeathTest, EndTheirThreadWithTheirOwner) {
  EXPECT_EXIT((InterruptSignals::watch().value().reset(), ::_exit(42)), testing::ExitedWithCode(42), "");
}

}  // namespace
}  // namespace salvor::os
