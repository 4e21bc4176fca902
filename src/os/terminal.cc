#include "os/terminal.h"

#include <sys/ioctl.h>
#include <termios.h>

#include <cerrno>
#include <charconv>

#include "os/fd.h"

namespace salvor::os {

namespace {

class HiddenInput {
 public:
  explicit HiddenInput(int fd) : fd_(fd) {
    on_ = ::tcgetattr(fd, &before_) == 0;
    if (!on_) return;
    termios hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    hidden.c_lflag |= ICANON | ISIG | ECHONL;
    on_ = ::tcsetattr(fd, TCSAFLUSH, &hidden) == 0;
  }
  ~HiddenInput() {
    if (on_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
  }
  explicit operator bool() const { return on_; }

 private:
  const int fd_;
  termios before_{};
  bool on_ = false;
};

}  // namespace

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

int terminal_width(int fd, const Environment& environment) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  int columns = 0;
  const std::string text = environment("COLUMNS").value_or("");
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), columns);
  const bool whole = parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
  return whole && columns > 0 && columns < 10'000 ? columns : 80;
}

bool wants_colour(int fd, Colour asked, const Environment& environment) {
  if (asked == Colour::never || !is_terminal(fd)) return false;
  if (!environment("NO_COLOR").value_or("").empty()) return false;
  return environment("TERM").value_or("dumb") != "dumb";
}

Result<Secret> read_password(int fd, std::string_view prompt) {
  const HiddenInput hidden(fd);
  if (!hidden) {
    return Error(Code::invalid, "cannot ask for a password: there is no terminal")
        .hint("Run the command on a terminal, or pass the password in a file.");
  }
  if (::write(fd, prompt.data(), prompt.size()) < 0) return errno_error("write to the terminal", errno);
  std::string line;
  line.reserve(4096);  // a terminal's longest line, so that nothing moves and leaves copies behind
  for (char c = 0;;) {
    const ssize_t got = repeat_interrupted([&] { return ::read(fd, &c, 1); });
    if (got == 1 && c != '\n' && line.size() < line.capacity()) {
      line += c;
      continue;
    }
    const int error = errno;
    Secret secret = Secret::take(std::move(line));
    if (got == 1 && c == '\n') return secret;
    if (got < 0) return errno_error("read from the terminal", error);
    return Error(Code::invalid, got == 0 ? "the input ended before a password" : "the password is too long");
  }
}

}  // namespace salvor::os
