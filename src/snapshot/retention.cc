#include "snapshot/retention.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <numeric>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "snapshot/local_calendar.h"

namespace salvor::snapshot {

namespace {

constexpr Duration kYoungIncomplete = std::chrono::hours(4);
constexpr std::size_t kFewIncomplete = 3;
constexpr std::int64_t kMostHours = std::int64_t{100'000} * 366 * 24;

enum Period { latest, hourly, daily, weekly, monthly, annual, kPeriods };
constexpr std::string_view kPeriodNames[] = {"latest", "hourly", "daily", "weekly", "monthly", "annual"};

// How many are kept of each; nothing for a period that does not count.
using Limits = std::array<std::optional<std::int64_t>, kPeriods>;

Limits limits_of(const Policy& policy) {
  Limits limits{policy.keep_latest, policy.keep_hourly,  policy.keep_daily,
                policy.keep_weekly, policy.keep_monthly, policy.keep_annual};
  // A policy that keeps nothing keeps everything; stock takes the sum for nothing, and so does this.
  std::uint64_t sum = 0;
  for (const std::optional<std::int64_t>& limit : limits) sum += static_cast<std::uint64_t>(limit.value_or(0));
  if (sum == 0) limits[latest] = INT64_MAX;
  return limits;
}

// Nothing that began before is kept for a period.
std::array<Seconds, kPeriods> bounds_of(const Limits& limits, Time newest) {
  const Seconds from = seconds_of(newest);
  const auto count = [&](Period period) { return limits[period].value_or(0); };
  return {INT64_MIN,
          from - std::clamp(count(hourly), -kMostHours, kMostHours) * 3600,
          before_on_calendar(from, 0, 0, count(daily)),
          before_on_calendar(from, 0, 0, std::clamp(count(weekly), -kMostHours, kMostHours) * 7),
          before_on_calendar(from, 0, count(monthly), 0),
          before_on_calendar(from, count(annual), 0, 0)};
}

// The newest complete snapshot need not begin on a second: bounds are as far from it, to the nanosecond.
bool is_before(Time start, Seconds bound, Duration fraction) {
  const Seconds second = seconds_of(start);
  const Duration rest = start - Time(std::chrono::seconds(second));
  return second != bound ? second < bound : rest < fraction;
}

// What is the same for two snapshots of one hour, day and so on. As in stock all are in one bag, so that the number of
// the 2026th latest is that of a year.
std::string period_of(Period period, const Manifest& snapshot, std::size_t number) {
  const std::string text = format_rfc3339(snapshot.start);
  switch (period) {
    case latest: return std::to_string(number);
    case hourly: return text.substr(0, 10) + " " + text.substr(11, 2);
    case daily: return text.substr(0, 10);
    case weekly: return iso_week(snapshot.start);
    case monthly: return text.substr(0, 7);
    case annual: return text.substr(0, 4);
    case kPeriods: break;
  }
  return text;
}

// Visits snapshots from the newest to the oldest.
class Reasons {
 public:
  Reasons(const Policy& policy, Time newest)
      : limits_(limits_of(policy)),
        bounds_(bounds_of(limits_, newest)),
        fraction_(newest - Time(std::chrono::seconds(seconds_of(newest)))) {}

  std::vector<std::string> of(const Manifest& snapshot, std::size_t number) {
    std::array<std::int64_t, kPeriods> rank{};
    for (const Period period : {latest, annual, monthly, weekly, daily, hourly}) {
      if (!limits_[period] || counts_[period] >= *limits_[period]) continue;
      if (period != latest && is_before(snapshot.start, bounds_[period], fraction_)) continue;
      if (seen_.insert(period_of(period, snapshot, number)).second) rank[period] = ++counts_[period];
    }
    std::vector<std::string> reasons;
    for (int period = latest; period < kPeriods; ++period) {
      const std::int64_t place = rank[static_cast<std::size_t>(period)];
      if (place > 0) reasons.push_back(std::string(kPeriodNames[period]) + "-" + std::to_string(place));
    }
    return reasons;
  }

 private:
  const Limits limits_;
  const std::array<Seconds, kPeriods> bounds_;
  const Duration fraction_;
  std::array<std::int64_t, kPeriods> counts_{};
  std::set<std::string> seen_;
};

}  // namespace

std::vector<std::vector<std::string> > retention_reasons(std::span<const Manifest* const> snapshots,
                                                         const Policy& policy) {
  std::vector<std::vector<std::string> > reasons(snapshots.size());
  std::vector<std::size_t> order(snapshots.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater<>(),
                           [&](std::size_t i) { return std::pair(snapshots[i]->start, snapshots[i]->end); });
  const auto is_complete = [&](std::size_t i) { return snapshots[i]->incomplete.empty(); };
  const auto newest = std::ranges::find_if(order, is_complete);
  if (newest != order.end()) {
    Reasons why(policy, snapshots[*newest]->start);
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (is_complete(order[i])) reasons[order[i]] = why.of(*snapshots[order[i]], i);
    }
  }
  for (std::size_t i = 0; i < order.size() && !is_complete(order[i]); ++i) {
    const Duration age = snapshots[order[0]]->start - snapshots[order[i]]->start;
    if (age >= kYoungIncomplete && i >= kFewIncomplete) break;
    reasons[order[i]] = {"incomplete"};
  }
  return reasons;
}

}  // namespace salvor::snapshot
