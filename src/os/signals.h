// InterruptSignals: Ctrl-C as a stop token.
//
// The first SIGINT or SIGTERM requests the stop, so that every call ends early, drafts are discarded and the program
// says what it left undone. The second one ends the process at once with status 130.
//
// Made once, in main, before any thread: it blocks the signals for the whole process and a thread of its own takes them
// from a signalfd. Child processes get their signals unblocked (os/process.h).
#pragma once

#include <memory>
#include <stop_token>
#include <thread>

#include "base/result.h"
#include "os/fd.h"

namespace salvor::os {

// A reader that goes away (`salvor ... | head`) is then an EPIPE and not our death.
void ignore_broken_pipes();

class InterruptSignals {
 public:
  static Result<std::unique_ptr<InterruptSignals>> watch();
  ~InterruptSignals();

  std::stop_token stop_token() const { return stop_.get_token(); }

 private:
  InterruptSignals(Fd signals, Fd ended);
  void run();

  const Fd signals_, ended_;
  std::stop_source stop_;
  std::jthread thread_;
};

}  // namespace salvor::os
