#include "os/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

#include "os/fd.h"

namespace salvor::os {
namespace {

using namespace std::chrono_literals;

Command shell(std::string script) { return {.program = "/bin/sh", .arguments = {"-c", std::move(script)}}; }

TEST(RunProcess, GivesOutputErrorsAndExitCode) {
  const auto result = run_process(shell("echo out; echo err >&2; exit 7"), {});
  ASSERT_TRUE(result.ok()) << to_string(result.error());
  EXPECT_EQ(result->output, "out\n");
  EXPECT_EQ(result->errors, "err\n");
  EXPECT_EQ(result->exit_code, 7);
  EXPECT_FALSE(result->succeeded());
}

TEST(RunProcess, PassesArgumentsWithoutAShell) {
  const auto result = run_process({.program = "printf", .arguments = {"%s|", "a b", "$HOME", "*", ""}}, {});
  ASSERT_TRUE(result.ok()) << to_string(result.error());
  EXPECT_EQ(result->output, "a b|$HOME|*||");
}

TEST(RunProcess, GivesOnlyTheEnvironmentItWasGiven) {
  Command command{.program = "/usr/bin/env", .arguments = {}, .environment = {"ONLY=this"}};
  EXPECT_EQ(run_process(command, {}).value().output, "ONLY=this\n");
}

TEST(RunProcess, FeedsLargeInputAndTakesLargeOutput) {
  const std::string input(900'000, 'x');
  Command command{.program = "cat", .arguments = {}, .environment = {}, .input = input};
  EXPECT_EQ(run_process(command, {}).value().output, input);
}

TEST(RunProcess, DoesNotMindAProgramThatIgnoresItsInput) {
  const std::string input(900'000, 'x');
  Command command{.program = "true", .arguments = {}, .environment = {}, .input = input};
  EXPECT_TRUE(run_process(command, {}).value().succeeded());
}

TEST(RunProcess, LetsScriptsOpenTheirStandardStreamsByName) {
  Command command = shell("cat /dev/stdin > /dev/stdout; echo e > /dev/stderr");
  command.input = "in";
  const auto result = run_process(command, {});
  EXPECT_EQ(result.value().output, "in");
  EXPECT_EQ(result.value().errors, "e\n");
}

TEST(RunProcess, NamesAProgramThatIsNotThere) {
  const auto result = run_process({.program = "no-such-program-anywhere", .arguments = {}}, {});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::not_found);
  EXPECT_NE(result.error().message().find("no-such-program-anywhere"), std::string::npos);
  EXPECT_FALSE(result.error().hint().empty());
}

TEST(RunProcess, ReportsTheSignalThatEndedIt) {
  EXPECT_EQ(run_process(shell("kill -9 $$"), {}).value().signal, SIGKILL);
}

TEST(RunProcess, EndsAProgramThatTakesTooLong) {
  Command command = shell("sleep 1000");
  command.timeout = 50ms;
  const auto result = run_process(command, {});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::deadline);
}

// The pipe's write end is in the grandchild too: it closes only when the whole group is gone.
TEST(RunProcess, EndsTheWholeGroupOnRequestEvenIfItIgnoresTerm) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const Fd reader(ends[0]);
  std::stop_source stop;
  Command command = shell("exec 9>/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(ends[1]) +
                          "; trap '' TERM; sleep 1000 & echo x >&9; sleep 1000; sleep 1000");
  std::jthread stopper([&] {
    char byte;
    EXPECT_EQ(::read(reader.get(), &byte, 1), 1);  // it runs and ignores SIGTERM
    stop.request_stop();
  });
  const auto result = run_process(command, stop.get_token());
  stopper.join();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::cancelled);
  ::close(ends[1]);
  char rest[16];
  while (::read(reader.get(), rest, sizeof rest) > 0) continue;  // returns when no process holds the pipe any more
}

TEST(RunProcess, RefusesMoreOutputThanAllowed) {
  Command command = shell("head -c 5000 /dev/zero");
  command.max_output = 4999;
  EXPECT_EQ(run_process(command, {}).error().code(), Code::invalid);
  command.max_output = 5000;
  EXPECT_TRUE(run_process(command, {}).ok());
}

TEST(RunProcess, KeepsOnlyTheBeginningOfManyErrors) {
  const auto result = run_process(shell("head -c 300000 /dev/zero >&2; echo done"), {});
  EXPECT_EQ(result.value().errors.size(), 64u * 1024);
  EXPECT_EQ(result.value().output, "done\n");
}

TEST(RunProcess, HandsNoDescriptorsDown) {
  const Fd leaky(::open("/dev/null", O_RDONLY));  // without close-on-exec, as a careless library would
  const auto result = run_process({.program = "ls", .arguments = {"/proc/self/fd"}}, {});
  EXPECT_EQ(result.value().output, "0\n1\n2\n3\n");  // 3 is ls reading the directory
}

TEST(RunProcess, StartsItWithDefaultSignals) {
  ::signal(SIGPIPE, SIG_IGN);
  const auto blocked = run_process(shell("sed -n 's/SigBlk:.//p' /proc/self/status"), {});
  const auto ignored = run_process(shell("sed -n 's/SigIgn:.//p' /proc/self/status"), {});
  ::signal(SIGPIPE, SIG_DFL);
  EXPECT_EQ(std::stoull(blocked.value().output, nullptr, 16), 0u);
  // glibc leaves the two signals that it keeps for itself, 32 and 33, ignored.
  EXPECT_EQ(std::stoull(ignored.value().output, nullptr, 16) & 0x7fffffff, 0u);
}

TEST(RunProcess, DoesNotWaitForAGrandchildThatKeepsTheOutputOpen) {
  const auto result = run_process(shell("sleep 1 & echo done"), {});
  EXPECT_EQ(result.value().output, "done\n");
}

TEST(RunProcess, DoesNotStartWhenAlreadyStopped) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(run_process(shell("true"), stop.get_token()).error().code(), Code::cancelled);
}

}  // namespace
}  // namespace salvor::os
