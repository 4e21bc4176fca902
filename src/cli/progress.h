// Progress: what long work has done so far, how fast, and how long it may still take.
//
// On a terminal one block is repainted in place and erased at the end; elsewhere a plain line appears every few seconds
// and at the end, so that a log stays readable. The block is painted below the cursor and the cursor goes back to its
// first column: a message from elsewhere then prints over the block instead of into its middle, and a window that
// changes its size is set right by the next painting.
//
// Numbers come from a function that is called on the renderer's thread; everything shown is computed by pure functions.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "cli/invocation.h"

namespace salvor::cli {

// A total of 0 means: not known.
struct ProgressState {
  std::string what;  // "backup"
  std::uint64_t steps = 0, steps_total = 0;
  std::uint64_t items = 0, items_total = 0;
  std::uint64_t bytes = 0, bytes_total = 0;
  std::string current = {};  // "secrets in team-a"
};

struct Pace {
  Duration elapsed{};
  double items_per_second = 0;
  double bytes_per_second = 0;
};

// From 0 to 1 by the best-known total: bytes, then items, then steps; negative when no total is known.
double fraction_done(const ProgressState& state);

// The block for a terminal; no line is wider than `width`.
std::vector<std::string> render(const ProgressState& state, const Pace& pace, std::size_t width);
// The same facts on one line for a log.
std::string render_plain(const ProgressState& state, const Pace& pace);

// The speed over the last ten seconds or so, so that a stall shows and a slow start is forgotten.
class PaceMeter {
 public:
  Pace measure(const ProgressState& state, Duration now);

 private:
  struct Sample {
    Duration at;
    std::uint64_t items, bytes;
  };
  Duration start_{-1};
  std::vector<Sample> samples_;  // oldest first
};

// Shows the progress from its construction to its destruction, by a thread of its own; nothing with --quiet.
// `state` is called from that thread, and once more from the destructor.
class ProgressView {
 public:
  ProgressView(const Invocation& invocation, Clock& clock, std::function<ProgressState()> state);
  ProgressView(const ProgressView&) = delete;
  ProgressView& operator=(const ProgressView&) = delete;
  ~ProgressView();

 private:
  void paint();

  Console& console_;
  Clock& clock_;
  const std::function<ProgressState()> state_;
  const bool quiet_;
  const bool terminal_;
  PaceMeter meter_;
  std::jthread painter_;  // last: it uses everything above
};

}  // namespace salvor::cli
