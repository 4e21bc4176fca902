#include "os/process_mark.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace salvor::os {
namespace {

TEST(ProcessMark, NamesARunningProcess) {
  const Result<ProcessMark> mine = ProcessMark::mine();
  ASSERT_TRUE(mine.ok()) << mine.error().message();
  EXPECT_EQ(*fate_of(*ProcessMark::parse(mine->encode())), Fate::running);
}

TEST(ProcessMark, KnowsThatAProcessHasEnded) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const std::string text = ProcessMark::mine()->encode();
    _exit(write(ends[1], text.data(), text.size()) < 0);
  }
  char text[512];
  const ssize_t size = read(ends[0], text, sizeof text);
  ASSERT_GT(size, 0);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_EQ(*fate_of(*ProcessMark::parse({text, static_cast<std::size_t>(size)})), Fate::gone);
}

TEST(ProcessMark, DoesNotTakeAnotherProcessWithTheSamePidForTheOldOne) {
  ProcessMark mark = *ProcessMark::mine();
  mark.start += "1";
  EXPECT_EQ(*fate_of(mark), Fate::gone);
}

TEST(ProcessMark, CannotJudgeAnotherHost) {
  ProcessMark mark = *ProcessMark::mine();
  mark.host = "elsewhere";
  EXPECT_EQ(*fate_of(mark), Fate::unknown);
}

TEST(ProcessMark, IsGoneAfterAReboot) {
  ProcessMark mark = *ProcessMark::mine();
  mark.boot = "another";
  EXPECT_EQ(*fate_of(mark), Fate::gone);
}

TEST(ProcessMark, RefusesEveryTruncation) {
  const std::string text = ProcessMark::mine()->encode();
  const std::size_t last_field = text.rfind(' ');
  for (std::size_t size = 0; size <= last_field; ++size) EXPECT_FALSE(ProcessMark::parse(text.substr(0, size)).ok());
}

}  // namespace
}  // namespace salvor::os
