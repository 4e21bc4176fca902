#include "net/retry.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "net/libcurl.h"

namespace salvor::net {

using std::chrono::milliseconds;

milliseconds backoff(int attempt, Rng& rng, milliseconds base, milliseconds cap) {
  milliseconds bound = cap;
  if (attempt < 20) bound = std::min(cap, milliseconds(base.count() << attempt));
  return milliseconds(static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(bound.count()) + 1)));
}

std::optional<milliseconds> parse_retry_after(std::string_view value, Time now) {
  constexpr milliseconds kLongest = std::chrono::hours(1);
  long seconds = 0;
  const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (fault == std::errc() && end == value.data() + value.size()) {
    return std::clamp(milliseconds(std::min(seconds, 3600L) * 1000), milliseconds(0), kLongest);
  }
  const auto when = parse_http_date(value);
  if (!when) return std::nullopt;
  return std::clamp(std::chrono::duration_cast<milliseconds>(*when - now), milliseconds(0), kLongest);
}

std::optional<Time> parse_http_date(std::string_view value) {
  if (!load_libcurl().ok()) return std::nullopt;
  const std::time_t date = curl_getdate(std::string(value).c_str(), nullptr);
  // A Time in nanoseconds ends in 2262.
  constexpr std::time_t kLast = 9'000'000'000;
  if (date < 0 || date > kLast) return std::nullopt;
  return Time{std::chrono::seconds(date)};
}

}  // namespace salvor::net
