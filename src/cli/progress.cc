// Facts in the order of their worth: a narrow terminal loses the last ones first.
#include "cli/progress.h"

#include <algorithm>
#include <cstdio>

#include "base/units.h"
#include "cli/text.h"

namespace salvor::cli {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kRepaint = milliseconds(200);
constexpr Duration kPlainLine = seconds(5);
constexpr Duration kPaceWindow = seconds(10);
constexpr std::size_t kWidestBar = 30;
constexpr std::size_t kNarrowestBar = 10;

double seconds_of(Duration duration) { return std::chrono::duration<double>(duration).count(); }

std::string percent(double fraction) { return std::to_string(static_cast<int>(fraction * 100)) + "%"; }

std::string counted(std::uint64_t done, std::uint64_t total, std::string_view unit) {
  return std::to_string(done) + (total ? "/" + std::to_string(total) : "") + " " + std::string(unit);
}

// "12s left", once enough is done to tell.
std::string time_left(double fraction, Duration elapsed) {
  if (fraction < 0.02 || fraction >= 1 || elapsed < seconds(2)) return {};
  const double left = seconds_of(elapsed) * (1 - fraction) / fraction;
  if (left > 100 * 3600) return {};  // says nothing useful, and huge values would overflow
  return format_duration(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(left))) + " left";
}

std::string per_second(double rate) {
  char text[32];
  std::snprintf(text, sizeof text, rate < 10 ? "%.1f/s" : "%.0f/s", rate);
  return text;
}

// The most important first. The share done is not among them: it stands in front, with the bar.
std::vector<std::string> facts(const ProgressState& state, const Pace& pace) {
  std::vector<std::string> all;
  const auto add = [&](std::string fact) {
    if (!fact.empty()) all.push_back(std::move(fact));
  };
  if (state.items || state.items_total) add(counted(state.items, state.items_total, "items"));
  if (state.bytes || state.bytes_total) {
    add(format_bytes(state.bytes) + (state.bytes_total ? "/" + format_bytes(state.bytes_total) : ""));
  }
  add(time_left(fraction_done(state), pace.elapsed));
  if (pace.items_per_second > 0) add(per_second(pace.items_per_second));
  if (pace.bytes_per_second >= 1) add(format_bytes(static_cast<std::uint64_t>(pace.bytes_per_second)) + "/s");
  add(format_duration(pace.elapsed));
  if (state.steps_total) add(counted(state.steps, state.steps_total, "steps"));
  return all;
}

std::string bar(double fraction, std::size_t width) {
  const auto full = static_cast<std::size_t>(fraction * static_cast<double>(width));
  return "[" + std::string(full, '#') + std::string(width - full, '.') + "]";
}

}  // namespace

double fraction_done(const ProgressState& state) {
  const auto share = [](std::uint64_t done, std::uint64_t total) {
    return std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  };
  if (state.bytes_total) return share(state.bytes, state.bytes_total);
  if (state.items_total) return share(state.items, state.items_total);
  if (state.steps_total) return share(state.steps, state.steps_total);
  return -1;
}

std::vector<std::string> render(const ProgressState& state, const Pace& pace, std::size_t width) {
  const double fraction = fraction_done(state);
  std::string head = escape_controls(state.what);
  if (fraction >= 0) head += " " + percent(fraction);

  std::string tail;
  for (const std::string& fact : facts(state, pace)) {
    if (display_width(head) + display_width(tail) + 2 + display_width(fact) > width) break;
    tail += "  " + fact;
  }
  // The bar takes what the facts leave, between the name and the share.
  const std::size_t used = display_width(head) + display_width(tail) + 3;
  if (fraction >= 0 && width >= used + kNarrowestBar) {
    head =
        escape_controls(state.what) + " " + bar(fraction, std::min(kWidestBar, width - used)) + " " + percent(fraction);
  }
  std::vector<std::string> lines = {fit(head + tail, width)};
  if (!state.current.empty()) lines.push_back(fit("  " + escape_controls(state.current), width));
  return lines;
}

std::string render_plain(const ProgressState& state, const Pace& pace) {
  const double fraction = fraction_done(state);
  std::string line = escape_controls(state.what) + ":";
  if (fraction >= 0) line += " " + percent(fraction);
  const char* comma = fraction >= 0 ? ", " : " ";
  for (const std::string& fact : facts(state, pace)) {
    line += comma + fact;
    comma = ", ";
  }
  if (!state.current.empty()) line += comma + escape_controls(state.current);
  return line;
}

Pace PaceMeter::measure(const ProgressState& state, Duration now) {
  if (samples_.empty()) start_ = now;
  samples_.push_back({now, state.items, state.bytes});
  // The newest sample that is older than the window stays as the base of the difference.
  while (samples_.size() > 2 && now - samples_[1].at >= kPaceWindow) samples_.erase(samples_.begin());
  const Sample& base = samples_.front();
  Pace pace{now - start_, 0, 0};
  const double passed = seconds_of(now - base.at);
  if (passed <= 0) return pace;
  if (state.items > base.items) pace.items_per_second = static_cast<double>(state.items - base.items) / passed;
  if (state.bytes > base.bytes) pace.bytes_per_second = static_cast<double>(state.bytes - base.bytes) / passed;
  return pace;
}

ProgressView::ProgressView(const Invocation& invocation, Clock& clock, std::function<ProgressState()> state)
    : console_(invocation.console),
      clock_(clock),
      state_(std::move(state)),
      quiet_(invocation.arguments.flag("quiet")),
      terminal_(invocation.console.err_is_terminal() && invocation.console.columns() > 0) {
  if (quiet_) return;
  meter_.measure(state_(), clock_.monotonic());
  painter_ = std::jthread([this](std::stop_token stop) {
    while (clock_.wait(terminal_ ? kRepaint : kPlainLine, stop)) paint();
  });
}

ProgressView::~ProgressView() {
  if (quiet_) return;
  painter_.request_stop();
  painter_.join();
  if (terminal_) {
    console_.err("\r\033[J");
  } else {
    paint();
  }
}

void ProgressView::paint() {
  const ProgressState state = state_();
  const Pace pace = meter_.measure(state, clock_.monotonic());
  if (!terminal_) return console_.err(render_plain(state, pace) + "\n");

  // One column stays free: a full last column makes some terminals wrap.
  const std::size_t columns = console_.columns();
  const std::vector<std::string> lines = render(state, pace, columns > 1 ? columns - 1 : 1);
  std::string block = "\r";
  for (std::size_t i = 0; i < lines.size(); ++i) block += (i ? "\n" : "") + lines[i] + "\033[K";
  block += "\033[J\r";
  if (lines.size() > 1) block += "\033[" + std::to_string(lines.size() - 1) + "A";
  console_.err(block);
}

}  // namespace salvor::cli
