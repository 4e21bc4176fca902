#include "codec/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace salvor::codec {

namespace {

using Kind = YamlScalar::Kind;

template <std::size_t N>
bool is_one_of(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_decimal(char c) { return c >= '0' && c <= '9'; }

std::optional<YamlScalar> resolve_word(std::string_view text) {
  static constexpr std::array<std::string_view, 11> kTrue{"y",    "Y",    "yes", "Yes", "YES", "true",
                                                          "True", "TRUE", "on",  "On",  "ON"};
  static constexpr std::array<std::string_view, 11> kFalse{"n",     "N",     "no",  "No",  "NO", "false",
                                                           "False", "FALSE", "off", "Off", "OFF"};
  static constexpr std::array<std::string_view, 5> kNull{"", "~", "null", "Null", "NULL"};
  static constexpr std::array<std::string_view, 3> kNan{".nan", ".NaN", ".NAN"};
  static constexpr std::array<std::string_view, 6> kInfinity{".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"};
  static constexpr std::array<std::string_view, 3> kMinusInfinity{"-.inf", "-.Inf", "-.INF"};
  constexpr double kInf = std::numeric_limits<double>::infinity();
  if (is_one_of(text, kTrue)) return YamlScalar{.kind = Kind::boolean, .truth = true};
  if (is_one_of(text, kFalse)) return YamlScalar{.kind = Kind::boolean};
  if (is_one_of(text, kNull)) return YamlScalar{.kind = Kind::null};
  if (is_one_of(text, kNan)) return YamlScalar{.kind = Kind::real, .real = std::nan("")};
  if (is_one_of(text, kInfinity)) return YamlScalar{.kind = Kind::real, .real = kInf};
  if (is_one_of(text, kMinusInfinity)) return YamlScalar{.kind = Kind::real, .real = -kInf};
  if (text == "<<") return YamlScalar{.kind = Kind::merge};
  return std::nullopt;
}

// Digits with Go's prefixes: 0x, 0o, 0b, and a plain leading 0 for octal.
std::optional<YamlScalar> resolve_integer(std::string_view text) {
  const bool negative = text.starts_with('-');
  const bool has_sign = negative || text.starts_with('+');
  if (has_sign) text.remove_prefix(1);
  int base = 10;
  if (text.size() > 1 && text[0] == '0') {
    const char mark = static_cast<char>(text[1] | 0x20);
    base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
    text.remove_prefix(mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1);
  }
  unsigned long long magnitude = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), magnitude, base);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  constexpr unsigned long long kMax = std::numeric_limits<long long>::max();
  if (negative && magnitude == kMax + 1) {
    return YamlScalar{.kind = Kind::integer, .integer = std::numeric_limits<long long>::min()};
  }
  if (magnitude <= kMax) {
    const auto value = static_cast<long long>(magnitude);
    return YamlScalar{.kind = Kind::integer, .integer = negative ? -value : value};
  }
  if (has_sign) return std::nullopt;
  return YamlScalar{.kind = Kind::unsigned_integer, .unsigned_integer = magnitude};
}

// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool looks_like_real(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t start = i;
    while (i < text.size() && is_decimal(text[i])) ++i;
    return i > start;
  };
  const auto at = [&](char c) { return i < text.size() && text[i] == c; };
  if (at('-') || at('+')) ++i;
  if (digits()) {
    if (at('.')) {
      ++i;
      digits();
    }
  } else {
    if (!at('.')) return false;
    ++i;
    if (!digits()) return false;
  }
  if (at('e') || at('E')) {
    ++i;
    if (at('-') || at('+')) ++i;
    if (!digits()) return false;
  }
  return i == text.size();
}

std::optional<YamlScalar> resolve_real(std::string_view text) {
  if (!looks_like_real(text)) return std::nullopt;
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  // Go reads what is too small as 0 and refuses what is too large; from_chars reports both alike.
  if (fault == std::errc::result_out_of_range) {
    const std::size_t exponent = text.find_first_of("eE");
    if (exponent == text.npos || text[exponent + 1] != '-') return std::nullopt;
    value = 0;
  }
  return YamlScalar{.kind = Kind::real, .real = value};
}

// One or two digits.
bool take_short_number(std::string_view& text, int least, int most) {
  std::size_t digits = 0;
  while (digits < text.size() && digits < 2 && is_decimal(text[digits])) ++digits;
  if (digits == 0) return false;
  int value = 0;
  std::from_chars(text.data(), text.data() + digits, value);
  text.remove_prefix(digits);
  return value >= least && value <= most;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

bool is_zone(std::string_view text) {
  if (text == "Z") return true;
  return text.size() == 6 && (text[0] == '+' || text[0] == '-') && is_decimal(text[1]) && is_decimal(text[2]) &&
         text[3] == ':' && is_decimal(text[4]) && is_decimal(text[5]);
}

// YYYY-M-D, alone, or with " h:m:s[.f]", or with "Th:m:s[.f]zone".
bool is_timestamp(std::string_view text) {
  if (text.size() < 8 || !std::all_of(text.begin(), text.begin() + 4, is_decimal) || text[4] != '-') return false;
  text.remove_prefix(5);
  if (!take_short_number(text, 1, 12) || !take(text, '-') || !take_short_number(text, 1, 31)) return false;
  if (text.empty()) return true;
  const bool zoned = text[0] == 'T' || text[0] == 't';
  if (!zoned && text[0] != ' ') return false;
  text.remove_prefix(1);
  if (!take_short_number(text, 0, 23) || !take(text, ':') || !take_short_number(text, 0, 59) || !take(text, ':') ||
      !take_short_number(text, 0, 59)) {
    return false;
  }
  if (take(text, '.')) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0) return false;
    text.remove_prefix(digits);
  }
  return zoned ? is_zone(text) : text.empty();
}

}  // namespace

YamlScalar resolve_plain_scalar(const std::string& text) {
  if (const auto word = resolve_word(text)) return *word;
  const char first = text[0];  // "" is a word: null
  if (first == '.') return resolve_real(text).value_or(YamlScalar{});
  if (!is_decimal(first) && first != '-' && first != '+') return {};
  if (is_timestamp(text)) return {.kind = Kind::timestamp};
  std::string digits = text;
  std::erase(digits, '_');
  if (const auto integer = resolve_integer(digits)) return *integer;
  return resolve_real(digits).value_or(YamlScalar{});
}

}  // namespace salvor::codec
