// Sums of times and durations that were read: what lies beyond 64 bits of nanoseconds becomes the nearest that does
// not.
#pragma once

#include <limits>

#include "base/clock.h"

namespace salvor::repo {

inline Duration sum_of(Duration a, Duration b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a.count(), b.count(), &sum)) return Duration(sum);
  return b.count() > 0 ? Duration::max() : Duration::min();
}

inline Duration difference_of(Duration a, Duration b) {
  std::int64_t difference = 0;
  if (!__builtin_sub_overflow(a.count(), b.count(), &difference)) return Duration(difference);
  return b.count() < 0 ? Duration::max() : Duration::min();
}

// Requires: factor > 0.
inline Duration product_of(Duration a, std::int64_t factor) {
  std::int64_t product = 0;
  if (!__builtin_mul_overflow(a.count(), factor, &product)) return Duration(product);
  return a.count() > 0 ? Duration::max() : Duration::min();
}

inline Time sum_of(Time time, Duration duration) { return Time(sum_of(time.time_since_epoch(), duration)); }

}  // namespace salvor::repo
