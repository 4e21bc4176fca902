#include "snapshot/local_calendar.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>

namespace salvor::snapshot {

namespace {

constexpr Seconds kDay = 86'400;
constexpr std::int64_t kFarthest = 100'000;  // years, beyond which no snapshot is

std::tm local(Seconds time) {
  const auto number = static_cast<std::time_t>(time);
  std::tm fields{};
  ::localtime_r(&number, &fields);
  return fields;
}

std::int64_t offset_at(Seconds time) { return local(time).tm_gmtoff; }

// Days since 1970 of a day of the proleptic Gregorian calendar; month from 0, and any day.
std::int64_t days_of(std::int64_t year, std::int64_t month, std::int64_t day) {
  year += month >= 0 ? month / 12 : -((11 - month) / 12);
  month = (month % 12 + 12) % 12;
  const std::int64_t from_march = month >= 2 ? month - 2 : month + 10;
  const std::int64_t y = month >= 2 ? year : year - 1;
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
  const std::int64_t of_year = (153 * from_march + 2) / 5;
  return era * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468 + day - 1;
}

}  // namespace

Seconds seconds_of(Time time) { return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count(); }

Seconds before_on_calendar(Seconds time, std::int64_t years, std::int64_t months, std::int64_t days) {
  const std::tm at = local(time);
  years = std::clamp(years, -kFarthest, kFarthest);
  months = std::clamp(months, -kFarthest * 12, kFarthest * 12);
  days = std::clamp(days, -kFarthest * 366, kFarthest * 366);
  const std::int64_t day = days_of(at.tm_year + std::int64_t{1900} - years, at.tm_mon - months, at.tm_mday) - days;
  const Seconds as_utc = day * kDay + at.tm_hour * Seconds{3600} + at.tm_min * Seconds{60} + at.tm_sec;
  // Go looks the offset up twice where it is not zero: at the time as if it were UTC, and with that offset.
  const std::int64_t guess = offset_at(as_utc);
  return as_utc - (guess == 0 ? 0 : offset_at(as_utc - guess));
}

std::string iso_week(Time time) {
  const std::tm at = local(seconds_of(time));
  // The week is that of its Thursday.
  const std::int64_t weekday = (at.tm_wday + 6) % 7;
  std::int64_t year = at.tm_year + std::int64_t{1900};
  const std::int64_t thursday = days_of(year, at.tm_mon, at.tm_mday) - weekday + 3;
  if (thursday < days_of(year, 0, 1)) --year;
  if (thursday >= days_of(year + 1, 0, 1)) ++year;
  const std::int64_t week = (thursday - days_of(year, 0, 1)) / 7 + 1;
  char text[48];
  std::snprintf(text, sizeof text, "%04lld-%02lld", static_cast<long long>(year), static_cast<long long>(week));
  return text;
}

}  // namespace salvor::snapshot
