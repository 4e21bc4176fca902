#include "config/money.h"

#include <gtest/gtest.h>

#include <limits>

namespace salvor::config {
namespace {

TEST(Money, IsReadExactly) {
  EXPECT_EQ(parse_money("0.00099").value(), 990'000);
  EXPECT_EQ(parse_money("6").value(), 6 * kOneUnit);
  EXPECT_EQ(parse_money("999999.999999999").value(), 999'999'999'999'999);
  for (const char* wrong :
       {"", ".", "1.", ".5", "-1", "1e-3", "1,5", "1000000", "0.0000000001", "$1", "1.5.5", "NaN"}) {
    EXPECT_FALSE(parse_money(wrong).ok()) << wrong;
  }
}

TEST(Money, IsRoundedHalfUpWhenItIsShown) {
  EXPECT_EQ(format_money(12'500'000), "0.012500");
  EXPECT_EQ(format_money(499), "0.000000");
  EXPECT_EQ(format_money(500), "0.000001");
  EXPECT_EQ(show_money(0, "USD"), "$0");
  EXPECT_EQ(show_money(1, "USD"), "<$0.01");
  EXPECT_EQ(show_money(5'000'000, "USD"), "$0.01");
  EXPECT_EQ(show_money(1'234'999'999, "USD"), "$1.23");
  EXPECT_EQ(show_money(1'235'000'000, "EUR"), "1.24 EUR");
  EXPECT_EQ(show_money(999'999'999'999, "USD"), "$1000.00");
}

TEST(Money, PricesAreRoundedOnce) {
  EXPECT_EQ(price_of(1, 1, 2), 1);  // half up
  EXPECT_EQ(price_of(1, 1, 3), 0);
  EXPECT_EQ(price_of(2, 1, 3), 1);
  EXPECT_EQ(price_of(3ull << 30, 23'000'000, 1ull << 30), 69'000'000);
  EXPECT_EQ(price_of(std::numeric_limits<std::uint64_t>::max(), 1000 * kOneUnit, 1), std::numeric_limits<Money>::max());
  EXPECT_EQ(sum_of(std::numeric_limits<Money>::max() - 1, 2), std::numeric_limits<Money>::max());
}

}  // namespace
}  // namespace salvor::config
