// Unbuffered writes to the standard streams, whole or remembered as failed.
#include "cli/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

namespace salvor::cli {

SystemConsole::SystemConsole(const Environment& environment) {
  set_color(err_is_terminal() && variable(environment, "NO_COLOR").empty() && variable(environment, "TERM") != "dumb");
}

bool SystemConsole::out_is_terminal() const { return isatty(STDOUT_FILENO) == 1; }
bool SystemConsole::err_is_terminal() const { return isatty(STDERR_FILENO) == 1; }
bool SystemConsole::in_is_terminal() const { return isatty(STDIN_FILENO) == 1; }

std::size_t SystemConsole::columns() const {
  for (int fd : {STDERR_FILENO, STDOUT_FILENO}) {
    winsize size{};
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) return size.ws_col;
  }
  return 0;
}

void SystemConsole::write(Stream stream, std::string_view text) {
  const int fd = stream == Stream::out ? STDOUT_FILENO : STDERR_FILENO;
  while (!text.empty() && (stream == Stream::err || failed_with_ == 0)) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      if (stream == Stream::out) failed_with_ = errno;
      return;
    }
  }
}

Result<> SystemConsole::finish() {
  if (failed_with_ == 0) return {};
  return errno_error("standard output", failed_with_);
}

void CapturedConsole::write(Stream stream, std::string_view text) {
  (stream == Stream::out ? standard_output : standard_error) += text;
}

}  // namespace salvor::cli
