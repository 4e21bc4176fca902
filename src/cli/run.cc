// Parse, run, report.
#include "cli/run.h"

#include "cli/commands.h"
#include "cli/help.h"
#include "cli/invocation.h"
#include "cli/parser.h"
#include "cli/report.h"

namespace salvor::cli {

namespace {

struct Runner {
  const Environment& environment;
  Console& console;
  std::stop_token stop;

  Outcome operator()(const VersionRequest&) const {
    console.out(version_line() + "\n");
    return Outcome::done;
  }

  Outcome operator()(const HelpRequest& request) const {
    const std::size_t width = help_width(console.columns());
    if (request.command) {
      console.out(command_help(*request.command, width));
    } else if (request.group) {
      console.out(group_help(*request.group, width));
    } else {
      console.out(program_help(width));
    }
    return Outcome::done;
  }

  Outcome operator()(const UsageError& error) const {
    report_usage_error(console, error);
    return Outcome::wrong_usage;
  }

  Outcome operator()(const Arguments& arguments) const {
    if (arguments.flag("no-color") || arguments.optional_bool("colorized") == false) console.set_color(false);
    for (const std::string& warning : arguments.warnings()) report_warning(console, warning);
    return settled(work(arguments));
  }

  Result<Outcome> work(const Arguments& arguments) const {
    if (const Run body = arguments.command().run) return body({arguments, environment, console, stop});
    return Error(Code::unsupported, "salvor " + path_of(arguments.command()) + " is not part of this build")
        .hint("Use a newer release of salvor.");
  }

  Outcome settled(const Result<Outcome>& result) const {
    if (result.ok()) return result.value();
    report_error(console, result.error());
    return outcome_of(result.error().code());
  }
};

}  // namespace

int run(std::span<const std::string_view> words, const Environment& environment, Console& console,
        std::stop_token stop) {
  const Outcome outcome = std::visit(Runner{environment, console, stop}, parse(words, environment));
  // A result that did not arrive is a failure, whatever the command thought of its work.
  if (const Result<> written = console.finish(); !written.ok()) {
    report_error(console, written.error());
    return exit_status(outcome == Outcome::done ? Outcome::failed : outcome);
  }
  return exit_status(outcome);
}

}  // namespace salvor::cli
