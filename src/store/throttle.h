// Throttle: how fast a location may be used. One throttle can stand before many storages, from many threads.
//
// Each limit is a bucket that fills at its rate and holds one second's worth. Who takes more than there is goes into
// debt, and everybody waits until the debt is paid; so pieces of any size pass, the average holds, and a burst is never
// longer than a second. Waits are cut into slices, so new limits hold for those who wait already.
//
// By a schedule the limits follow the time of day, e.g. full speed at night:
//   throttle.set_schedule({{8h, {.up = 5 * kMiB}}, {20h, {}}});
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/units.h"

namespace salvor::store {

// Per second; nothing is no limit, and 0 is taken as 1.
struct Limits {
  std::optional<std::uint64_t> up, down;  // bytes
  std::optional<std::uint64_t> requests;
  bool operator==(const Limits&) const = default;
};

class Throttle {
 public:
  // The limits hold from `at` after midnight until the next period begins; the last one of a day runs into the next.
  struct Period {
    std::chrono::minutes at;
    Limits limits;
  };
  // What is added to UTC at that moment to get the time of day.
  using Offset = std::function<std::chrono::minutes(Time)>;

  explicit Throttle(Clock& clock, Limits limits = {});

  // Replaces the schedule, or the limits that were set.
  void set(Limits limits);
  // `invalid` when empty, not ascending or not within a day. `offset` may be empty: UTC.
  Result<> set_schedule(std::vector<Period> periods, Offset offset = {});
  Limits now();

  // Each waits until its bucket is out of debt, then takes from it. Errors: cancelled.
  Result<> take_up(std::uint64_t bytes, std::stop_token stop);
  Result<> take_down(std::uint64_t bytes, std::stop_token stop);
  Result<> take_request(std::stop_token stop);

 private:
  struct Bucket {
    double level = 0;  // negative: debt
    std::optional<Duration> filled_at;
    // Fills up to now; the wait until it is out of debt.
    Duration fill(std::uint64_t rate, Duration now);
  };
  struct State {
    Limits limits;
    std::vector<Period> schedule;
    Offset offset;
    Bucket up, down, requests;
    const Limits& at(Time now) const;
  };
  Result<> take(Bucket State::* bucket, std::optional<std::uint64_t> Limits::* limit, std::uint64_t amount,
                const std::stop_token& stop);

  Clock& clock_;
  Guarded<State> state_;
};

}  // namespace salvor::store
