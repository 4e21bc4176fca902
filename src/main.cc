// salvor: saves Kubernetes clusters and brings them back.
//
// Before run() only what must come first: no core dumps, because they would hold secrets, and Ctrl-C as a stop token.
#include <stop_token>
#include <string_view>
#include <vector>

#include "cli/report.h"
#include "cli/run.h"
#include "os/core_dump.h"
#include "os/signals.h"

int main(int argc, char** argv, char** envp) {
  using namespace salvor;
  const std::vector<std::string_view> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  const cli::Environment environment = cli::environment_from(envp);
  cli::SystemConsole console(environment);
  os::ignore_broken_pipes();
  if (const Result<> safe = os::disable_core_dumps(); !safe.ok()) cli::report_error(console, safe.error());
  const auto signals = os::InterruptSignals::watch();
  if (!signals.ok()) {
    cli::report_error(console, signals.error());
    return cli::exit_status(cli::Outcome::failed);
  }
  return cli::run(words, environment, console, (*signals)->stop_token());
}
