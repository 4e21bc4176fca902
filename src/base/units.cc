#include "base/units.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>

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
  std::uint64_t nanoseconds;
};
constexpr std::array kGoUnits = {
    GoUnit{"ns", 1},         GoUnit{"us", 1'000},        GoUnit{"µs", 1'000},         GoUnit{"μs", 1'000},
    GoUnit{"ms", 1'000'000}, GoUnit{"s", 1'000'000'000}, GoUnit{"m", 60'000'000'000}, GoUnit{"h", 3'600'000'000'000}};
constexpr std::uint64_t kMaxDuration = INT64_MAX;

const GoUnit* unit_named(std::string_view name) {
  const auto found = std::find_if(kGoUnits.begin(), kGoUnits.end(), [&](const GoUnit& u) { return u.name == name; });
  return found == kGoUnits.end() ? nullptr : found;
}

// The digits at the start of `text`, which they leave.
std::string_view take_digits(std::string_view& text) {
  const std::string_view digits = text.substr(0, text.find_first_not_of("0123456789"));
  text.remove_prefix(digits.size());
  return digits;
}

// "1.5" hours and the like in nanoseconds. Like Go: whole units exactly, the fraction cut off below a nanosecond,
// digits of the fraction that no longer fit into 63 bits ignored.
std::optional<std::uint64_t> in_nanoseconds(std::string_view whole, std::string_view fraction, const GoUnit& unit) {
  std::uint64_t value = 0;
  for (const char character : whole) {
    const std::uint64_t digit = static_cast<std::uint64_t>(character - '0');
    if (value > (kMaxDuration - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  if (value > kMaxDuration / unit.nanoseconds) return std::nullopt;
  value *= unit.nanoseconds;
  std::uint64_t part = 0;
  double scale = 1;
  for (const char digit : fraction) {
    if (part > (kMaxDuration - 9) / 10) break;
    part = part * 10 + static_cast<std::uint64_t>(digit - '0');
    scale *= 10;
  }
  value += static_cast<std::uint64_t>(static_cast<double>(part) * (static_cast<double>(unit.nanoseconds) / scale));
  return value;
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  const auto bad = [&] {
    return Error(Code::invalid, "\"" + std::string(text) + "\" is not a duration")
        .hint("Write a number with a unit, for example 90s, 15m, 24h or 1h30m.");
  };
  std::string_view rest = text.substr(text.starts_with('+') ? 1 : 0);
  if (rest == "0") return Duration{0};
  if (rest.empty()) return bad();
  std::uint64_t total = 0;
  while (!rest.empty()) {
    const std::string_view whole = take_digits(rest);
    std::string_view fraction;
    if (rest.starts_with('.')) {
      rest.remove_prefix(1);
      fraction = take_digits(rest);
    }
    const std::string_view name = rest.substr(0, rest.find_first_of("0123456789."));
    rest.remove_prefix(name.size());
    const GoUnit* unit = unit_named(name);
    if (!unit || (whole.empty() && fraction.empty())) return bad();
    const auto value = in_nanoseconds(whole, fraction, *unit);
    if (!value || *value > kMaxDuration - total) return bad();
    total += *value;
  }
  return Duration(static_cast<std::int64_t>(total));
}

namespace {

// "1.5" from 1500 thousandths: the digits behind the point without their trailing zeros.
std::string decimal(std::uint64_t value, std::uint64_t unit) {
  std::string text = std::to_string(value / unit);
  std::string fraction = std::to_string(unit + value % unit).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return fraction.empty() ? text : text + "." + fraction;
}

}  // namespace

std::string count_of(std::uint64_t count, std::string_view one, std::string_view many) {
  const std::string text = std::to_string(count) + " ";
  if (count == 1) return text + std::string(one);
  return text + (many.empty() ? std::string(one) + "s" : std::string(many));
}

std::string format_go_duration(Duration duration) {
  if (duration.count() == 0) return "0s";
  const std::string sign = duration.count() < 0 ? "-" : "";
  const std::uint64_t count = static_cast<std::uint64_t>(duration.count());
  const std::uint64_t ns = sign.empty() ? count : -count;  // as unsigned, for the smallest number's sake
  if (ns < 1'000) return sign + std::to_string(ns) + "ns";
  if (ns < 1'000'000) return sign + decimal(ns, 1'000) + "µs";
  if (ns < 1'000'000'000) return sign + decimal(ns, 1'000'000) + "ms";
  std::string text = sign;
  const std::uint64_t minutes = ns / 60'000'000'000;
  if (minutes >= 60) text += std::to_string(minutes / 60) + "h";
  if (minutes > 0) text += std::to_string(minutes % 60) + "m";
  return text + decimal(ns % 60'000'000'000, 1'000'000'000) + "s";
}

}  // namespace salvor
