#include "config/money.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace salvor::config {

namespace {

__extension__ using Wide = unsigned __int128;
constexpr Money kMost = std::numeric_limits<Money>::max();
constexpr std::size_t kMostDigits = 9;

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Money number(std::string_view digits) {
  Money value = 0;
  for (char c : digits) value = value * 10 + (c - '0');
  return value;
}

// Rounded half up to `digits` behind the point.
std::string rounded(Money money, std::size_t digits) {
  Money step = 1;
  for (std::size_t i = digits; i < kMostDigits; ++i) step *= 10;
  const Money count = money / step + (money % step * 2 >= step ? 1 : 0);
  const Money per_unit = kOneUnit / step;
  std::string fraction = std::to_string(per_unit + count % per_unit).substr(1);
  return std::to_string(count / per_unit) + (digits > 0 ? "." + fraction : "");
}

}  // namespace

Result<Money> parse_money(std::string_view text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = point < text.size() ? text.substr(point + 1) : "0";
  if (!is_number(whole) || whole.size() > 6 || !is_number(fraction) || fraction.size() > kMostDigits) {
    return Error(Code::invalid, "\"" + std::string(text.substr(0, 40)) + "\" is not a price")
        .hint("Write a decimal number such as 0.0125, with at most nine digits behind the point.");
  }
  Money part = number(fraction);
  for (std::size_t i = fraction.size(); i < kMostDigits; ++i) part *= 10;
  return number(whole) * kOneUnit + part;
}

std::string format_money(Money money) { return rounded(money, 6); }

std::string show_money(Money money, std::string_view currency) {
  std::string text = money == 0 ? "0" : rounded(money, 2);
  std::string before;
  if (money > 0 && text == "0.00") {
    text = "0.01";
    before = "<";
  }
  if (currency == "USD") return before + "$" + text;
  return before + text + " " + std::string(currency);
}

Money price_of(std::uint64_t amount, Money price, std::uint64_t unit) {
  CHECK(unit > 0 && price >= 0);
  const Wide exact = static_cast<Wide>(amount) * static_cast<Wide>(price);
  const Wide whole = exact / unit + (exact % unit * 2 >= unit ? 1 : 0);
  return whole > static_cast<Wide>(kMost) ? kMost : static_cast<Money>(whole);
}

Money sum_of(Money a, Money b) { return a > kMost - b ? kMost : a + b; }

}  // namespace salvor::config
