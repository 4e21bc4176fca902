// Sizes, rates and durations as people write and read them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace salvor {

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1024 * kKiB;
constexpr std::uint64_t kGiB = 1024 * kMiB;

// "812 B", "1.2 KiB", "3.4 MiB": three significant digits, binary units.
std::string format_bytes(std::uint64_t bytes);
// "1 file", "2 files"; the other form where an s is not all that it takes.
std::string count_of(std::uint64_t count, std::string_view one, std::string_view many = {});
// "850ms", "3.2s", "4m12s", "2h05m".
std::string format_duration(Duration duration);
// Go's time.ParseDuration: "300ms", "1.5h", "2h45m", "0"; the form of Velero's --ttl. Negative values are refused.
Result<Duration> parse_duration(std::string_view text);
// The way Go prints a time.Duration: "720h0m0s", "1m30s", "0s"; "-1.5ms"; the form of metav1.Duration in JSON.
std::string format_go_duration(Duration duration);

}  // namespace salvor
