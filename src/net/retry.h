// When to try again: exponential waits with full jitter, and what a server asks for in Retry-After.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/rng.h"

namespace salvor::net {

// The wait before retry number `attempt` (from 0): uniform in [0, min(cap, base * 2^attempt)]. Full jitter spreads
// clients that failed together (AWS Architecture Blog, "Exponential Backoff And Jitter").
std::chrono::milliseconds backoff(int attempt, Rng& rng,
                                  std::chrono::milliseconds base = std::chrono::milliseconds(200),
                                  std::chrono::milliseconds cap = std::chrono::milliseconds(10'000));

// RFC 9110 10.2.3: whole seconds or an HTTP date. Nothing when it is neither; never more than an hour.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, Time now);

// RFC 9110 5.6.7, in any of its three forms, as in Date and Last-Modified.
std::optional<Time> parse_http_date(std::string_view value);

}  // namespace salvor::net
