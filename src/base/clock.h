// Clock: the only way to ask for the time or to wait.
//
// Code that needs time takes a Clock&; tests give it a FakeClock whose waits return at once and move its time on.
#pragma once

#include <chrono>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"

namespace salvor {

using Time = std::chrono::sys_time<std::chrono::nanoseconds>;
using Duration = std::chrono::nanoseconds;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() = 0;            // wall clock, may jump
  virtual Duration monotonic() = 0;  // since an arbitrary start, never goes back
  // Waits for `duration` or until the stop is requested. False when stopped.
  virtual bool wait(Duration duration, std::stop_token stop) = 0;
};

class SystemClock final : public Clock {
 public:
  Time now() override;
  Duration monotonic() override;
  bool wait(Duration duration, std::stop_token stop) override;
};

// Stands still until told to move; a wait moves it by what was asked. Thread-safe.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(Time start = Time{}) : now_(start) {}
  Time now() override;
  Duration monotonic() override;
  bool wait(Duration duration, std::stop_token stop) override;
  void advance(Duration by);

 private:
  std::mutex mutex_;
  Time now_;
};

// "2026-11-23T06:34:48Z": RFC 3339 in UTC with whole seconds, as Kubernetes writes metav1.Time.
std::string format_rfc3339(Time time);
// The same with microseconds, as in metav1.MicroTime.
std::string format_rfc3339_micro(Time time);
// The same with as many digits as it takes, up to nanoseconds: Go's time.RFC3339Nano, which encoding/json writes.
std::string format_rfc3339_nano(Time time);
// Accepts RFC 3339 with any offset; digits beyond nanoseconds are dropped. A Time reaches from 1677 to 2262: what lies
// outside, such as Go's zero time and the year 9999 of certificates without an end, becomes the nearest Time.
Result<Time> parse_rfc3339(std::string_view text);

}  // namespace salvor
