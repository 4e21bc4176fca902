#include "base/clock.h"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <cstdio>

namespace salvor {

namespace chr = std::chrono;

Time SystemClock::now() { return chr::time_point_cast<Duration>(chr::system_clock::now()); }

Duration SystemClock::monotonic() { return chr::steady_clock::now().time_since_epoch(); }

bool SystemClock::wait(Duration duration, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock hold(mutex);
  // Half of the clock's range is for ever, and adding it to the present does not overflow.
  never.wait_for(hold, stop, std::min(duration, Duration::max() / 2), [] { return false; });
  return !stop.stop_requested();
}

Time FakeClock::now() {
  std::lock_guard hold(mutex_);
  return now_;
}

Duration FakeClock::monotonic() { return now().time_since_epoch(); }

bool FakeClock::wait(Duration duration, std::stop_token stop) {
  if (stop.stop_requested()) return false;
  advance(duration);
  return true;
}

void FakeClock::advance(Duration by) {
  std::lock_guard hold(mutex_);
  now_ = by > Time::max() - now_ ? Time::max() : now_ + by;
}

namespace {

struct Civil {
  int year;
  unsigned month, day;
  long hour, minute, second;
  long microseconds;
};

Civil civil(Time time) {
  const auto whole = chr::floor<chr::microseconds>(time);  // nanoseconds cannot hold the first midnight
  const auto day = chr::floor<chr::days>(whole);
  const chr::year_month_day date(day);
  const chr::hh_mm_ss clock(whole - day);
  return {int(date.year()),        unsigned(date.month()),  unsigned(date.day()),      clock.hours().count(),
          clock.minutes().count(), clock.seconds().count(), clock.subseconds().count()};
}

bool number(std::string_view text, std::size_t at, std::size_t digits, int& out) {
  if (at + digits > text.size()) return false;
  for (char c : text.substr(at, digits)) {
    if (c < '0' || c > '9') return false;
  }
  std::from_chars(text.data() + at, text.data() + at + digits, out);
  return true;
}

// The fraction ".123" from `at` as nanoseconds; moves `at` behind it.
long fraction_nanoseconds(std::string_view text, std::size_t& at) {
  long nanoseconds = 0;
  long unit = 100'000'000;
  for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) {
    nanoseconds += (text[at] - '0') * unit;
  }
  return nanoseconds;
}

Time saturated(chr::sys_seconds whole, long nanoseconds) {
  if (whole >= chr::floor<chr::seconds>(Time::max())) return Time::max();
  if (whole <= chr::ceil<chr::seconds>(Time::min())) return Time::min();
  return whole + chr::nanoseconds(nanoseconds);
}

}  // namespace

std::string format_rfc3339(Time time) {
  const Civil c = civil(time);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02ld:%02ld:%02ldZ", c.year, c.month, c.day, c.hour, c.minute,
                c.second);
  return text;
}

std::string format_rfc3339_micro(Time time) {
  const Civil c = civil(time);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02ld:%02ld:%02ld.%06ldZ", c.year, c.month, c.day, c.hour, c.minute,
                c.second, c.microseconds);
  return text;
}

std::string format_rfc3339_nano(Time time) {
  std::string text = format_rfc3339(time);
  constexpr long kSecond = 1'000'000'000;
  const long nanoseconds = (time.time_since_epoch().count() % kSecond + kSecond) % kSecond;
  if (nanoseconds == 0) return text;
  char fraction[16];
  std::snprintf(fraction, sizeof fraction, ".%09ld", nanoseconds);
  std::string_view digits = fraction;
  digits.remove_suffix(digits.size() - 1 - digits.find_last_not_of('0'));
  return text.insert(text.size() - 1, digits);
}

Result<Time> parse_rfc3339(std::string_view text) {
  const auto bad = [&] { return Error(Code::invalid, "\"" + std::string(text) + "\" is not an RFC 3339 time"); };
  int year, month, day, hour, minute, second;
  if (!number(text, 0, 4, year) || !number(text, 5, 2, month) || !number(text, 8, 2, day) ||
      !number(text, 11, 2, hour) || !number(text, 14, 2, minute) || !number(text, 17, 2, second)) {
    return bad();
  }
  if (text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't') || text[13] != ':' || text[16] != ':') {
    return bad();
  }
  const chr::year_month_day date{chr::year(year), chr::month(unsigned(month)), chr::day(unsigned(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return bad();
  const chr::sys_seconds whole = chr::sys_days(date) + chr::hours(hour) + chr::minutes(minute) + chr::seconds(second);
  std::size_t at = 19;
  long nanoseconds = 0;
  if (at + 1 < text.size() && text[at] == '.' && text[at + 1] >= '0' && text[at + 1] <= '9') {
    nanoseconds = fraction_nanoseconds(text, at);
  }
  if (at < text.size() && (text[at] == 'Z' || text[at] == 'z') && at + 1 == text.size()) {
    return saturated(whole, nanoseconds);
  }
  int offset_hours, offset_minutes;
  if (at + 6 != text.size() || (text[at] != '+' && text[at] != '-') || text[at + 3] != ':' ||
      !number(text, at + 1, 2, offset_hours) || !number(text, at + 4, 2, offset_minutes) || offset_hours > 23 ||
      offset_minutes > 59) {
    return bad();
  }
  const auto offset = chr::hours(offset_hours) + chr::minutes(offset_minutes);
  return saturated(text[at] == '+' ? whole - offset : whole + offset, nanoseconds);
}

}  // namespace salvor
