// Whole runs: what appears on which stream, and the exit status.
#include "cli/run.h"

#include <gmock/gmock.h>

#include "cli/commands.h"
#include "cli/exit.h"
#include "cli/help.h"
#include "cli/report.h"
#include "cli/text.h"

namespace salvor::cli {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct Ran {
  int status;
  std::string out, err;
};

Ran ran(std::vector<std::string_view> words) {
  CapturedConsole console;
  const int status = run(words, {}, console, {});
  return {status, console.standard_output, console.standard_error};
}

TEST(Run, AnswersTheVersionOnOneLine) {
  const Ran result = ran({"--version"});
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out, "salvor " SALVOR_VERSION "\n");
}

TEST(Run, EndsWithTwoOnWrongUsageAndShowsTheUsageLineOnly) {
  const Ran result = ran({"backup", "create", "n", "--include-namespace", "a"});
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err,
            "salvor: unknown flag --include-namespace\n"
            "  did you mean --include-namespaces?\n"
            "  usage: salvor backup create [NAME] --location LOC [flags]\n"
            "  `salvor backup create --help` tells more\n");
}

TEST(Run, PrintsTheSameHelpByFlagAndByCommand) {
  EXPECT_EQ(ran({"help", "backup", "create"}).out, ran({"backup", "create", "--help"}).out);
  EXPECT_EQ(ran({"help", "backup"}).out, ran({"backup"}).out);
  EXPECT_EQ(ran({"help"}).out, ran({}).out);
  EXPECT_EQ(ran({"help", "nonsense"}).status, 2);
}

TEST(Run, RefusesAPageOfAnUnknownCommand) {
  EXPECT_EQ(ran({"man", "backup", "nonsense"}).status, 2);
  EXPECT_THAT(ran({"man", "backup", "create"}).out, StartsWith(".TH SALVOR\\-BACKUP\\-CREATE 1"));
}

TEST(Help, StaysWithinItsWidthAndEndsNoLineWithSpaces) {
  for (std::size_t columns : {0u, 40u, 80u, 100u, 120u, 300u}) {
    const std::size_t width = help_width(columns);
    EXPECT_GE(width, 80u);
    EXPECT_LE(width, 120u);
    std::string text = program_help(width);
    for (const CommandGroup* group : command_groups()) {
      for (const Command& command : group->commands) text += command_help(command, width);
    }
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      const std::string line = text.substr(at, end - at);
      EXPECT_FALSE(line.ends_with(' ')) << line;
      const bool is_command = line.find("salvor ") != std::string::npos;  // copied, never wrapped
      EXPECT_TRUE(is_command || display_width(line) <= width) << line;
      at = end + 1;
    }
  }
}

TEST(Help, ListsTheExitStatusesOfTheCommand) {
  const std::string verify = ran({"backup", "verify", "--help"}).out;
  EXPECT_THAT(verify, HasSubstr("  5     verification failed"));
  EXPECT_THAT(verify, HasSubstr("  130   interrupted"));
  EXPECT_THAT(ran({"version", "--help"}).out, Not(HasSubstr("verification")));
}

TEST(ExitStatus, FollowsTheCodeOfTheError) {
  EXPECT_EQ(exit_status(Outcome::done), 0);
  EXPECT_EQ(exit_status(outcome_of(Code::unavailable)), 1);
  EXPECT_EQ(exit_status(outcome_of(Code::invalid)), 1);
  EXPECT_EQ(exit_status(Outcome::wrong_usage), 2);
  EXPECT_EQ(exit_status(Outcome::some_items_failed), 3);
  EXPECT_EQ(exit_status(outcome_of(Code::not_found)), 4);
  EXPECT_EQ(exit_status(outcome_of(Code::corrupt)), 5);
  EXPECT_EQ(exit_status(outcome_of(Code::cancelled)), 130);
}

TEST(Report, PutsTheHintOnItsOwnLineAndColoursOnlyOnRequest) {
  CapturedConsole console;
  report_error(console, Error(Code::denied, "open /x: \033[2J").hint("Ask the owner."));
  EXPECT_EQ(console.standard_error, "salvor: open /x: \\x1b[2J\n  Ask the owner.\n");
  console.standard_error.clear();
  console.set_color(true);
  report_error(console, Error(Code::denied, "no"));
  EXPECT_EQ(console.standard_error, "\033[1;31msalvor:\033[0m no\n");
}

TEST(Environment, TakesTheFirstOfTwoEqualNames) {
  const char* variables[] = {"A=1", "A=2", "broken", "B=x=y", nullptr};
  const Environment environment = environment_from(variables);
  EXPECT_EQ(variable(environment, "A"), "1");
  EXPECT_EQ(variable(environment, "B"), "x=y");
  EXPECT_EQ(variable(environment, "C"), "");
}

}  // namespace
}  // namespace salvor::cli
