// A real ProgressView on standard error, whose time stands still until the test says otherwise.
//
//   progress_painter [FLAGS] <COMMANDS
//
// Every line on standard input is one repaint: "ITEMS CURRENT". After each the program writes "painted" to standard
// output, so that the test looks at the screen at a known instant and nobody sleeps. At the end of the input the view
// ends and "done" is written.
#include <atomic>
#include <iostream>
#include <semaphore>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "cli/parser.h"
#include "cli/progress.h"

namespace {

using namespace salvor;

class SteppedClock final : public Clock {
 public:
  Time now() override { return Time(monotonic()); }
  Duration monotonic() override { return std::chrono::seconds(passed_.load()); }
  // The view asks to wait again when it has painted: that answers the step before.
  bool wait(Duration, std::stop_token stop) override {
    painted_.release();
    const std::stop_callback wake(stop, [this] { steps_.release(); });
    steps_.acquire();
    return !stop.stop_requested();
  }
  void await_painted() { painted_.acquire(); }
  void step() {
    ++passed_;
    steps_.release();
  }

 private:
  std::atomic<int> passed_{0};
  std::counting_semaphore<> steps_{0}, painted_{0};
};

cli::ProgressState state_of(const std::string& line) {
  const std::size_t space = line.find(' ');
  cli::ProgressState state{.what = "backup", .items_total = 100, .current = line.substr(space + 1)};
  state.items = std::stoull(line.substr(0, space));
  return state;
}

}  // namespace

int main(int argc, char** argv, char** envp) {
  std::vector<std::string_view> words = {"backup", "get", "--location", "/nowhere"};
  words.insert(words.end(), argv + 1, argv + argc);
  const cli::Environment environment = cli::environment_from(envp);
  const cli::Parsed parsed = cli::parse(words, environment);
  cli::SystemConsole console(environment);
  const cli::Arguments& arguments = std::get<cli::Arguments>(parsed);

  SteppedClock clock;
  Guarded<cli::ProgressState> state(cli::ProgressState{.what = "backup"});
  {
    const cli::ProgressView view({arguments, environment, console, {}}, clock,
                                 [&] { return state.with([](const auto& now) { return now; }); });
    const bool quiet = arguments.flag("quiet");
    if (!quiet) clock.await_painted();
    for (std::string line; std::getline(std::cin, line);) {
      state.with([&](auto& now) { now = state_of(line); });
      clock.step();
      if (!quiet) clock.await_painted();
      std::cout << "painted" << std::endl;
    }
  }
  std::cout << "done" << std::endl;
}
