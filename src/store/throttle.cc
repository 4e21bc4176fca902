#include "store/throttle.h"

#include <algorithm>

namespace salvor::store {

namespace {

constexpr Duration kLongestSlice = std::chrono::seconds(1);

}  // namespace

Throttle::Throttle(Clock& clock, Limits limits) : clock_(clock), state_(State{limits, {}, {}, {}, {}, {}}) {}

void Throttle::set(Limits limits) {
  state_.with([&](State& state) {
    state.limits = limits;
    state.schedule.clear();
  });
}

Result<> Throttle::set_schedule(std::vector<Period> periods, Offset offset) {
  const auto within_a_day = [](const Period& period) {
    return period.at >= std::chrono::minutes(0) && period.at < std::chrono::hours(24);
  };
  const auto not_before = [](const Period& left, const Period& right) { return left.at >= right.at; };
  if (periods.empty() || !std::ranges::all_of(periods, within_a_day) ||
      std::ranges::adjacent_find(periods, not_before) != periods.end()) {
    return Error(Code::invalid, "a schedule of limits needs ascending times between 00:00 and 23:59");
  }
  state_.with([&](State& state) {
    state.schedule = std::move(periods);
    state.offset = std::move(offset);
  });
  return {};
}

const Limits& Throttle::State::at(Time now) const {
  if (schedule.empty()) return limits;
  if (offset) now += offset(now);
  const auto since_midnight = now - std::chrono::floor<std::chrono::days>(now);
  const Period* in_force = &schedule.back();  // before the first period yesterday's last one still holds
  for (const Period& period : schedule) {
    if (period.at <= since_midnight) in_force = &period;
  }
  return in_force->limits;
}

Limits Throttle::now() {
  return state_.with([&](const State& state) { return state.at(clock_.now()); });
}

Duration Throttle::Bucket::fill(std::uint64_t rate, Duration now) {
  const double per_second = static_cast<double>(std::max<std::uint64_t>(rate, 1));
  // A bucket that was not used, or had no limit, begins full.
  const double seconds = filled_at ? std::chrono::duration<double>(now - *filled_at).count() : 1.0;
  level = std::min(level + seconds * per_second, per_second);
  filled_at = now;
  if (level >= 0) return Duration(0);
  const double wait = -level / per_second;
  if (wait > 1) return kLongestSlice;
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(wait)) + Duration(1);
}

Result<> Throttle::take(Bucket State::* which, std::optional<std::uint64_t> Limits::* limit, std::uint64_t amount,
                        const std::stop_token& stop) {
  for (;;) {
    const Duration wait = state_.with([&](State& state) {
      Bucket& bucket = state.*which;
      const auto rate = state.at(clock_.now()).*limit;
      if (!rate) {
        bucket = {};  // what was owed under an earlier limit is forgiven
        return Duration(0);
      }
      const Duration until_paid = bucket.fill(*rate, clock_.monotonic());
      if (until_paid == Duration(0)) bucket.level -= static_cast<double>(amount);
      return until_paid;
    });
    if (wait == Duration(0)) return {};
    if (!clock_.wait(std::min(wait, kLongestSlice), stop)) return Error(Code::cancelled, "stopped on request");
  }
}

Result<> Throttle::take_up(std::uint64_t bytes, std::stop_token stop) {
  return take(&State::up, &Limits::up, bytes, stop);
}
Result<> Throttle::take_down(std::uint64_t bytes, std::stop_token stop) {
  return take(&State::down, &Limits::down, bytes, stop);
}
Result<> Throttle::take_request(std::stop_token stop) { return take(&State::requests, &Limits::requests, 1, stop); }

}  // namespace salvor::store
