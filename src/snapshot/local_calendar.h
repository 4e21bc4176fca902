// Days and weeks in the local time zone, reckoned as Go's package time does.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace salvor::snapshot {

// Seconds since 1970, so that bounds far in the past need no care.
using Seconds = std::int64_t;

Seconds seconds_of(Time time);  // rounded down

// time.AddDate with fewer years, months and days: the same time of day on the other day. A day that a month does not
// have is one of the next month; an hour that the zone skips or has twice is one of the two that it may be.
Seconds before_on_calendar(Seconds time, std::int64_t years, std::int64_t months, std::int64_t days);

// "2026-W48" of ISO 8601 as stock writes it: "2026-48".
std::string iso_week(Time time);

}  // namespace salvor::snapshot
