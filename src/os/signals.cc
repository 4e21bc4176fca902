#include "os/signals.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace salvor::os {

namespace {

constexpr int kExitInterrupted = 130;

sigset_t interrupts() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

void ignore_broken_pipes() { ::signal(SIGPIPE, SIG_IGN); }

Result<std::unique_ptr<InterruptSignals>> InterruptSignals::watch() {
  const sigset_t set = interrupts();
  if (const int error = ::pthread_sigmask(SIG_BLOCK, &set, nullptr); error != 0) {
    return errno_error("block signals", error);
  }
  Fd signals(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals) return errno_error("signalfd", errno);
  Fd ended(::eventfd(0, EFD_CLOEXEC));
  if (!ended) return errno_error("eventfd", errno);
  return std::unique_ptr<InterruptSignals>(new InterruptSignals(std::move(signals), std::move(ended)));
}

InterruptSignals::InterruptSignals(Fd signals, Fd ended)
    : signals_(std::move(signals)), ended_(std::move(ended)), thread_([this] { run(); }) {}

InterruptSignals::~InterruptSignals() { ::eventfd_write(ended_.get(), 1); }

void InterruptSignals::run() {
  for (;;) {
    std::array<pollfd, 2> ready = {pollfd{signals_.get(), POLLIN, 0}, pollfd{ended_.get(), POLLIN, 0}};
    if (::poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) return;
    if (ready[1].revents != 0) return;
    signalfd_siginfo signal;
    if (::read(signals_.get(), &signal, sizeof signal) != static_cast<ssize_t>(sizeof signal)) continue;
    if (!stop_.request_stop()) ::_exit(kExitInterrupted);  // it was requested before: this is the second one
  }
}

}  // namespace salvor::os
