#include "os/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>

#include "base/bytes.h"
#include "base/clock.h"
#include "os/fd.h"
#include "os/file.h"

namespace salvor::os {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxErrors = 64 * 1024;
constexpr milliseconds kTermGrace{1'000};

struct Pipe {
  Fd ours, theirs;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return errno_error("pipe", errno);
  Pipe pipe{Fd(ends[0]), Fd(ends[1])};
  ::fcntl(pipe.ours.get(), F_SETFL, O_NONBLOCK);
  return pipe;
}

// The input as a file in memory: nothing to feed, and no SIGPIPE from a program that does not read it.
Result<Fd> make_input(std::string_view input) {
  Fd fd(::memfd_create("input", MFD_CLOEXEC));
  if (!fd) return errno_error("memfd_create", errno);
  TRY(write_all(fd, as_bytes(input), "the input of a program"));
  ::lseek(fd.get(), 0, SEEK_SET);
  return fd;
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

Error cannot_start(const std::string& program, int error) {
  Error base = errno_error("cannot start " + program, error);
  if (error == ENOENT) return std::move(base).hint("Install " + program + ", or correct its path or PATH.");
  if (error == EACCES) return std::move(base).hint("Check that " + program + " is executable.");
  return base;
}

Result<pid_t> spawn(const Command& command, const Fd& in, const Fd& out, const Fd& err) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.get(), 0);
  posix_spawn_file_actions_adddup2(&actions, out.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, err.get(), 2);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);  // also what a library opened without close-on-exec
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, defaults;
  sigemptyset(&none);
  sigfillset(&defaults);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  std::vector<std::string> words{command.program};
  words.insert(words.end(), command.arguments.begin(), command.arguments.end());
  const std::vector<char*> arguments = pointers_to(words), environment = pointers_to(command.environment);
  pid_t pid = -1;
  const int error =
      ::posix_spawnp(&pid, command.program.c_str(), &actions, &attributes, arguments.data(), environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return cannot_start(command.program, error);
  return pid;
}

// A started process and its group; killed and reaped when dropped before reap().
class Child {
 public:
  Child(pid_t pid, Fd ended) : pid_(pid), ended_(std::move(ended)) {}
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)), ended_(std::move(other.ended_)) {}
  ~Child() {
    if (pid_ < 0) return;
    ::kill(-pid_, SIGTERM);
    pollfd ended{ended_.get(), POLLIN, 0};
    ::poll(&ended, 1, static_cast<int>(kTermGrace.count()));
    // The leader is not reaped yet, so the group's number cannot belong to somebody else.
    ::kill(-pid_, SIGKILL);
    (void)reap();
  }
  int ended_fd() const { return ended_.get(); }
  int reap() {
    int status = 0;
    repeat_interrupted([&] { return ::waitpid(pid_, &status, 0); });
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_;
  Fd ended_;  // pidfd: readable when the process has ended
};

// The conversation with a running child: its output and errors, until it has ended.
class Conversation {
 public:
  Conversation(const Command& command, Fd out, Fd err)
      : command_(command), out_(std::move(out)), err_(std::move(err)) {}

  Result<> run(int ended_fd, int stop_fd, Duration deadline) {
    for (;;) {
      std::array<pollfd, 4> polled = {pollfd{ended_fd, POLLIN, 0}, pollfd{stop_fd, POLLIN, 0},
                                      pollfd{out_.get(), POLLIN, 0},  // poll skips closed ones (-1)
                                      pollfd{err_.get(), POLLIN, 0}};
      const auto left = std::chrono::ceil<milliseconds>(deadline - SystemClock().monotonic()).count();
      if (left <= 0) return Error(Code::deadline, command_.program + " did not end in time");
      const int wait = static_cast<int>(std::min<std::int64_t>(left, 3'600'000));
      if (::poll(polled.data(), polled.size(), wait) < 0 && errno != EINTR) return errno_error("poll", errno);
      if (polled[1].revents) return Error(Code::cancelled, command_.program + " was stopped on request");
      TRY(take(out_, result.output, command_.max_output, polled[2].revents));
      TRY(take(err_, result.errors, SIZE_MAX, polled[3].revents));
      if (polled[0].revents) {
        // What it wrote is in the pipes by now; a grandchild that keeps them open is not waited for.
        TRY(take(out_, result.output, command_.max_output, POLLIN));
        return take(err_, result.errors, SIZE_MAX, POLLIN);
      }
    }
  }

  ProcessResult result;

 private:
  Result<> take(Fd& from, std::string& to, std::size_t limit, short events) {
    while (events && from) {
      char piece[16 * 1024];
      const ssize_t got = repeat_interrupted([&] { return ::read(from.get(), piece, sizeof piece); });
      if (got < 0 && errno == EAGAIN) return {};
      if (got <= 0) {
        from.reset();
        return {};
      }
      to.append(piece, static_cast<std::size_t>(got));
      if (to.size() > limit) {
        return Error(Code::invalid, command_.program + " writes more than " + std::to_string(limit) + " bytes");
      }
      if (limit == SIZE_MAX && to.size() > kMaxErrors) to.resize(kMaxErrors);
    }
    return {};
  }

  const Command& command_;
  Fd out_, err_;
};

}  // namespace

Result<ProcessResult> run_process(const Command& command, std::stop_token stop) {
  if (stop.stop_requested()) return Error(Code::cancelled, command.program + " was stopped on request");
  const Duration deadline =
      SystemClock().monotonic() + std::min<milliseconds>(command.timeout, std::chrono::hours(24 * 365));
  const Fd stopped(::eventfd(0, EFD_CLOEXEC));
  if (!stopped) return errno_error("eventfd", errno);
  const std::stop_callback wake(stop, [&] { ::eventfd_write(stopped.get(), 1); });

  Fd in = TRY(make_input(command.input));
  Pipe out = TRY(make_pipe()), err = TRY(make_pipe());
  const pid_t pid = TRY(spawn(command, in, out.theirs, err.theirs));
  Child child(pid, Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))));
  if (child.ended_fd() < 0) return errno_error("pidfd_open (Linux 5.3)", errno);
  out.theirs.reset();
  err.theirs.reset();

  Conversation conversation(command, std::move(out.ours), std::move(err.ours));
  TRY(conversation.run(child.ended_fd(), stopped.get(), deadline));
  const int status = child.reap();
  if (WIFSIGNALED(status)) conversation.result.signal = WTERMSIG(status);
  if (WIFEXITED(status)) conversation.result.exit_code = WEXITSTATUS(status);
  return std::move(conversation.result);
}

std::vector<std::string> inherited_environment() {
  std::vector<std::string> variables;
  for (char** variable = environ; variable && *variable; ++variable) variables.emplace_back(*variable);
  return variables;
}

}  // namespace salvor::os
