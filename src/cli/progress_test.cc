// What the progress block says, by state, pace and width. tests/terminal looks at it on a real terminal.
#include "cli/progress.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>

#include "cli/parser.h"
#include "cli/text.h"

namespace salvor::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const ProgressState kHalf = {.what = "verify", .bytes = 5 << 20, .bytes_total = 10 << 20, .current = "nightly.tar.gz"};
const Pace kPace = {seconds(10), 0, 512 * 1024.0};

TEST(Progress, ShowsBarShareBytesTimeLeftAndRate) {
  EXPECT_THAT(render(kHalf, kPace, 100),
              ElementsAre("verify [###############...............] 50%  5.0 MiB/10.0 MiB  10.0s left  512 KiB/s  10.0s",
                          "  nightly.tar.gz"));
}

TEST(Progress, LosesTheLeastImportantFactsFirstWhenNarrow) {
  EXPECT_THAT(render(kHalf, kPace, 40), ElementsAre("verify 50%  5.0 MiB/10.0 MiB  10.0s left", "  nightly.tar.gz"));
  EXPECT_THAT(render(kHalf, kPace, 12), ElementsAre("verify 50%", "  nightly.t…"));
}

TEST(Progress, IsNeverWiderThanTheTerminal) {
  ProgressState state = kHalf;
  state.what = "日本語の名前";
  state.current = std::string(300, 'x') + "\033[2J";
  for (std::size_t width = 1; width < 200; ++width) {
    for (const std::string& line : render(state, kPace, width)) EXPECT_LE(display_width(line), width);
  }
}

TEST(Progress, ShowsNoShareWithoutATotal) {
  const ProgressState state = {.what = "backup", .items = 412};
  EXPECT_THAT(render(state, {seconds(4), 103, 0}, 80), ElementsAre("backup  412 items  103/s  4.0s"));
  EXPECT_LT(fraction_done(state), 0);
}

TEST(Progress, NeverClaimsMoreThanAllOfIt) {
  EXPECT_EQ(fraction_done({.what = "x", .items = 12, .items_total = 10}), 1.0);
}

TEST(Progress, WritesOnePlainLineForALog) {
  EXPECT_EQ(render_plain(kHalf, kPace), "verify: 50%, 5.0 MiB/10.0 MiB, 10.0s left, 512 KiB/s, 10.0s, nightly.tar.gz");
}

TEST(Progress, MakesHostileNamesVisible) {
  ProgressState state = kHalf;
  state.current = "a\033[2Jb";
  EXPECT_EQ(render(state, kPace, 100)[1], "  a\\x1b[2Jb");
  EXPECT_THAT(render_plain(state, kPace), Not(HasSubstr("\033")));
}

TEST(PaceMeter, ForgetsASlowStart) {
  PaceMeter meter;
  ProgressState state = {.what = "x"};
  meter.measure(state, seconds(100));
  Pace pace;
  for (int second = 1; second <= 60; ++second) {
    if (second > 40) state.items += 50;
    pace = meter.measure(state, seconds(100 + second));
  }
  EXPECT_EQ(pace.elapsed, seconds(60));
  EXPECT_DOUBLE_EQ(pace.items_per_second, 50);
}

TEST(PaceMeter, ShowsAStall) {
  PaceMeter meter;
  ProgressState state = {.what = "x"};
  Pace pace;
  for (int second = 0; second <= 60; ++second) {
    if (second < 30) state.items += 50;
    pace = meter.measure(state, seconds(second));
  }
  EXPECT_EQ(pace.items_per_second, 0);
}

// A clock whose waits return once and then block until the stop, so that a view paints exactly `waits` times.
class CountedClock final : public Clock {
 public:
  explicit CountedClock(int waits) : waits_(waits) {}
  Time now() override { return Time(monotonic()); }
  Duration monotonic() override { return milliseconds(200) * passed_.load(); }
  bool wait(Duration, std::stop_token stop) override {
    if (passed_ < waits_) {
      ++passed_;
      return true;
    }
    used_up_.request_stop();
    return SystemClock().wait(std::chrono::hours(1), stop) && false;
  }
  // Returns when every wait has been used.
  void await() { SystemClock().wait(std::chrono::hours(1), used_up_.get_token()); }

 private:
  const int waits_;
  std::atomic<int> passed_{0};
  std::stop_source used_up_;
};

std::string viewed(std::vector<std::string_view> words, std::size_t columns, int waits) {
  words.insert(words.begin(), {"backup", "get", "--location", "/b"});
  const Environment environment;
  const Parsed parsed = parse(words, environment);
  CapturedConsole console;
  console.width = columns;
  CountedClock clock(waits);
  {
    const ProgressView view({std::get<Arguments>(parsed), environment, console, {}}, clock, [] { return kHalf; });
    if (words.back() != "--quiet") clock.await();
  }
  return console.standard_error;
}

TEST(ProgressView, RepaintsInPlaceAndLeavesNothingBehind) {
  const std::string screen = viewed({}, 60, 2);
  EXPECT_THAT(screen, HasSubstr("\033[J\r\033[1A\rverify"));
  EXPECT_TRUE(screen.ends_with("\r\033[J")) << screen;
}

TEST(ProgressView, WritesPlainLinesWhereThereIsNoTerminal) {
  const std::string log = viewed({}, 0, 2);
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 3);  // two while it ran, one at the end
  EXPECT_THAT(log, Not(HasSubstr("\033")));
  EXPECT_THAT(log, Not(HasSubstr("\r")));
}

TEST(ProgressView, IsSilentWhenAskedToBe) {
  EXPECT_EQ(viewed({"--quiet"}, 60, 0), "");
  EXPECT_EQ(viewed({"--quiet"}, 0, 0), "");
}

}  // namespace
}  // namespace salvor::cli
