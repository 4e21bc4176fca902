#include "cli/start.h"

#include <string_view>
#include <vector>

#include "cli/exit.h"
#include "cli/report.h"
#include "cli/run.h"
#include "os/core_dump.h"
#include "os/signals.h"

namespace salvor::cli {

int start(int argc, char** argv, char** envp) {
  const std::vector<std::string_view> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  const Environment environment = environment_from(envp);
  SystemConsole console(environment);
  os::ignore_broken_pipes();
  if (const Result<> safe = os::disable_core_dumps(); !safe.ok()) report_error(console, safe.error());
  const auto signals = os::InterruptSignals::watch();
  if (!signals.ok()) {
    report_error(console, signals.error());
    return exit_status(Outcome::failed);
  }
  return run(words, environment, console, (*signals)->stop_token());
}

}  // namespace salvor::cli
