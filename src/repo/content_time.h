// The times of index entries: seconds, as whoever wrote them understood them.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace salvor::repo {

inline std::int64_t whole_seconds(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

// For an entry that takes the place of another: later than that one, even when it is of this second or of a clock that
// was ahead. [kopia repo/content/content_manager.go contentWriteTime]
inline std::int64_t content_time_after(Time now, std::int64_t previous_seconds) {
  return std::max(whole_seconds(now), previous_seconds + 1);
}

// Whether an entry is younger than that; one from the future is. No time that an index claims overflows.
inline bool is_younger(std::int64_t timestamp_seconds, Time now, Duration age) {
  constexpr std::int64_t kCenturies = 9'000'000'000;  // fits into nanoseconds
  const std::int64_t seconds = std::clamp(whole_seconds(now) - timestamp_seconds, -kCenturies, kCenturies);
  const Duration fraction = now.time_since_epoch() - std::chrono::seconds(whole_seconds(now));
  return Duration(std::chrono::seconds(seconds)) + fraction < age;
}

}  // namespace salvor::repo
