#include "base/units.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace salvor {

std::string format_bytes(std::uint64_t bytes) {
  static constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < kKiB) return std::to_string(bytes) + " B";
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1023.95 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, value < 99.95 ? "%.1f %s" : "%.0f %s", value, kUnits[unit]);
  return text;
}

std::string format_duration(Duration duration) {
  using namespace std::chrono;
  const auto ms = duration_cast<milliseconds>(duration).count();
  char text[48];
  if (ms < 1000) {
    std::snprintf(text, sizeof text, "%ldms", static_cast<long>(ms));
  } else if (ms < 60'000) {
    std::snprintf(text, sizeof text, "%.1fs", std::floor(static_cast<double>(ms) / 100) / 10);
  } else if (ms < 3'600'000) {
    std::snprintf(text, sizeof text, "%ldm%02lds", static_cast<long>(ms / 60'000), static_cast<long>(ms / 1000 % 60));
  } else {
    std::snprintf(text, sizeof text, "%ldh%02ldm", static_cast<long>(ms / 3'600'000),
                  static_cast<long>(ms / 60'000 % 60));
  }
  return text;
}

namespace {

struct GoUnit {
  std::string_view name;
  double nanoseconds;
};
constexpr std::array kGoUnits = {GoUnit{"ns", 1},   GoUnit{"us", 1e3}, GoUnit{"µs", 1e3}, GoUnit{"μs", 1e3},
                                 GoUnit{"ms", 1e6}, GoUnit{"s", 1e9},  GoUnit{"m", 60e9}, GoUnit{"h", 3600e9}};

// The unit at the start of `text`, the longest that fits ("ms" before "m").
const GoUnit* unit_at(std::string_view text) {
  const GoUnit* best = nullptr;
  for (const GoUnit& unit : kGoUnits) {
    if (text.starts_with(unit.name) && (!best || unit.name.size() > best->name.size())) best = &unit;
  }
  return best;
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  const auto bad = [&] {
    return Error(Code::invalid, "\"" + std::string(text) + "\" is not a duration")
        .hint("Write a number with a unit, for example 90s, 15m, 24h or 1h30m.");
  };
  if (text == "0") return Duration{0};
  std::string_view rest = text;
  double total = 0;
  if (rest.empty()) return bad();
  while (!rest.empty()) {
    const std::size_t digits = rest.find_first_not_of("0123456789.");
    if (digits == 0 || digits == std::string_view::npos) return bad();
    const std::string number(rest.substr(0, digits));
    char* end = nullptr;
    const double value = std::strtod(number.c_str(), &end);
    if (*end != '\0') return bad();
    const GoUnit* unit = unit_at(rest.substr(digits));
    if (!unit) return bad();
    total += value * unit->nanoseconds;
    rest.remove_prefix(digits + unit->name.size());
  }
  if (total >= 9.2e18) return bad();
  return Duration(static_cast<std::int64_t>(std::llround(total)));
}

std::string format_go_duration(Duration duration) {
  const std::int64_t ns = duration.count();
  if (ns == 0) return "0s";
  if (ns % 1'000'000'000 != 0) {
    char text[64];
    std::snprintf(text, sizeof text, "%.9g", static_cast<double>(ns) / 1e9);
    return std::string(text) + "s";
  }
  const std::int64_t seconds = ns / 1'000'000'000;
  std::string out;
  if (seconds >= 3600) out += std::to_string(seconds / 3600) + "h";
  if (seconds >= 60) out += std::to_string(seconds / 60 % 60) + "m";
  return out + std::to_string(seconds % 60) + "s";
}

}  // namespace salvor
