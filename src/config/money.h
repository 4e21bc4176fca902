// Money: exact amounts of a currency, counted in billionths of its unit, because a gigabyte-month costs 0.00099 and the
// smallest backup has a thousandth of that. No floating point: sums are the same in any order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace salvor::config {

using Money = std::int64_t;  // billionths
inline constexpr Money kOneUnit = 1'000'000'000;

// "0.0125", "6": not negative, at most nine digits behind the point, below a million. `invalid` else.
Result<Money> parse_money(std::string_view text);
// Six digits behind the point, rounded half up, for programs: "0.012500".
std::string format_money(Money money);
// For people, by the currency's code: "$1.23", "<$0.01", "$0"; "1.23 EUR". Rounded half up.
std::string show_money(Money money, std::string_view currency);

// `amount` times `price` by `unit`, rounded half up; saturates. Requires: unit > 0, price >= 0.
Money price_of(std::uint64_t amount, Money price, std::uint64_t unit);
// Saturates.
Money sum_of(Money a, Money b);

}  // namespace salvor::config
