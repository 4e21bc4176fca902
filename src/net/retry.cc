#include "net/retry.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <string>

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
  const std::time_t date = curl_getdate(std::string(value).c_str(), nullptr);
  if (date == -1) return std::nullopt;
  const Time when{std::chrono::seconds(date)};
  return std::clamp(std::chrono::duration_cast<milliseconds>(when - now), milliseconds(0), kLongest);
}

}  // namespace salvor::net
