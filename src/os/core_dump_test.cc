#include "os/core_dump.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace salvor::os {
namespace {

void disable_and_look() {
  if (!disable_core_dumps().ok()) ::_exit(1);
  rlimit limit;
  ::getrlimit(RLIMIT_CORE, &limit);
  ::_exit(limit.rlim_cur == 0 && limit.rlim_max == 0 && ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 42 : 2);
}

TEST(CoreDumpDeathTest, AreOffForGood) { EXPECT_EXIT(disable_and_look(), testing::ExitedWithCode(42), ""); }

}  // namespace
}  // namespace salvor::os
