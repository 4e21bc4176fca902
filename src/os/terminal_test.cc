#include "os/terminal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <thread>
#include <type_traits>

#include "base/log.h"
#include "os/fd.h"

namespace salvor::os {
namespace {

// A pseudo terminal: the user's side and the program's side.
struct Terminal {
  Fd user{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
  Fd program;
  Terminal() {
    ::grantpt(user.get());
    ::unlockpt(user.get());
    program = Fd(::open(::ptsname(user.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  }
  void type(std::string_view text) {
    EXPECT_EQ(::write(user.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  std::string screen() {
    ::fcntl(user.get(), F_SETFL, O_NONBLOCK);
    char text[1000];
    const ssize_t got = ::read(user.get(), text, sizeof text);
    return std::string(text, got > 0 ? static_cast<std::size_t>(got) : 0);
  }
  bool echoes() {
    termios now;
    ::tcgetattr(program.get(), &now);
    return now.c_lflag & ECHO;
  }
};

const Environment kColourful = environment_of({{"TERM", "xterm-256color"}});

TEST(WantsColour, OnATerminalUnlessToldOtherwise) {
  const Terminal terminal;
  const int fd = terminal.program.get();
  EXPECT_TRUE(wants_colour(fd, Colour::automatic, kColourful));
  EXPECT_FALSE(wants_colour(fd, Colour::never, kColourful));
  EXPECT_FALSE(wants_colour(fd, Colour::automatic, environment_of({{"TERM", "xterm"}, {"NO_COLOR", "1"}})));
  EXPECT_TRUE(wants_colour(fd, Colour::automatic, environment_of({{"TERM", "xterm"}, {"NO_COLOR", ""}})));
  EXPECT_FALSE(wants_colour(fd, Colour::automatic, environment_of({{"TERM", "dumb"}})));
  EXPECT_FALSE(wants_colour(fd, Colour::automatic, environment_of({})));
}

TEST(WantsColour, NotInAFile) {
  const Fd file(::open("/dev/null", O_WRONLY));
  EXPECT_FALSE(wants_colour(file.get(), Colour::automatic, kColourful));
}

TEST(TerminalWidth, ComesFromTheTerminalThenFromColumnsThenIs80) {
  const Terminal terminal;
  const winsize size{50, 132, 0, 0};
  ASSERT_EQ(::ioctl(terminal.user.get(), TIOCSWINSZ, &size), 0);
  EXPECT_EQ(terminal_width(terminal.program.get(), environment_of({{"COLUMNS", "99"}})), 132);
  const Fd file(::open("/dev/null", O_WRONLY));
  EXPECT_EQ(terminal_width(file.get(), environment_of({{"COLUMNS", "99"}})), 99);
  for (const char* wrong : {"", "x", "-5", "0", "12x", "99999999999999999999"}) {
    EXPECT_EQ(terminal_width(file.get(), environment_of({{"COLUMNS", wrong}})), 80) << wrong;
  }
}

TEST(ReadPassword, ReadsALineWithoutShowingIt) {
  Terminal terminal;
  Fd reader(::dup(terminal.program.get()));
  std::thread user([&] {  // types only once the echo is off, as a person who sees the prompt
    while (terminal.echoes()) std::this_thread::yield();
    terminal.type("geheim\n");
  });
  const auto password = read_password(reader.get(), "Password: ");
  user.join();
  ASSERT_TRUE(password.ok()) << to_string(password.error());
  EXPECT_EQ(password->reveal(), "geheim");
  EXPECT_TRUE(terminal.echoes()) << "the terminal is not as before";
  const std::string screen = terminal.screen();
  EXPECT_NE(screen.find("Password: "), std::string::npos);
  EXPECT_EQ(screen.find("geheim"), std::string::npos);
}

TEST(ReadPassword, NeedsATerminal) {
  const Fd file(::open("/dev/null", O_RDWR));
  EXPECT_EQ(read_password(file.get(), "Password: ").error().code(), Code::invalid);
}

TEST(Secret, ConvertsToNothingThatIsPrinted) {
  static_assert(!std::is_convertible_v<Secret, std::string>);
  static_assert(!std::is_convertible_v<Secret, std::string_view>);
  static_assert(!std::is_constructible_v<LogField, std::string_view, Secret>);
  static_assert(!std::is_copy_constructible_v<Secret>);
  EXPECT_EQ(testing::PrintToString(Secret("hunter2")).find("hunter2"), std::string::npos);
}

TEST(Secret, WipesTheTextItTakesOver) {
  std::string token(40, 't');
  const char* where = token.data();
  const Secret secret = Secret::take(std::move(token));
  EXPECT_EQ(secret.reveal(), std::string(40, 't'));
  EXPECT_EQ(token, "");  // the buffer still belongs to `token`
  EXPECT_EQ(std::string_view(where, 1), std::string_view("\0", 1));
}

TEST(Secret, ComparesByContent) {
  EXPECT_TRUE(Secret("a") == Secret("a"));
  EXPECT_FALSE(Secret("a") == Secret("b"));
  EXPECT_FALSE(Secret("a") == Secret("ab"));
}

}  // namespace
}  // namespace salvor::os
