#include "config/prices.h"

#include <gmock/gmock.h>

namespace salvor::config {
namespace {

using testing::HasSubstr;

std::string refused(std::string_view text) {
  const auto table = parse_prices(text, "p.yaml");
  return table.ok() ? "accepted" : to_string(table.error());
}

TEST(Prices, TheBuiltInTableSaysWhenAndWhereItIsFrom) {
  const PriceTable table = parse_prices(builtin_prices(), "built-in").value();
  EXPECT_EQ(table.currency, "USD");
  EXPECT_EQ(table.date.size(), 10u);
  EXPECT_THAT(table.source, HasSubstr("https://"));
  for (const char* name : {"none", "s3-standard", "s3-standard-ia", "s3-onezone-ia", "s3-glacier-instant",
                           "s3-glacier-flexible", "s3-deep-archive", "b2"}) {
    EXPECT_NE(table.find(name), nullptr) << name;
  }
  const PriceClass& rare = *table.find_storage_class("STANDARD_IA");
  EXPECT_EQ(rare.storage, 12'500'000);
  EXPECT_EQ(rare.minimum_days, 30u);
  EXPECT_EQ(rare.minimum_object, 131'072u);
  EXPECT_EQ(rare.egress_free, 100ull << 30);
  EXPECT_EQ(table.find("s3-deep-archive")->storage, 990'000);
  EXPECT_EQ(table.find("b2")->unit, 1'000'000'000u);
  EXPECT_EQ(table.find("none")->storage, 0);
  EXPECT_EQ(table.find_storage_class(""), nullptr);
}

TEST(Prices, MinimumSizesAndOverheadsAreBilled) {
  const PriceTable table = parse_prices(builtin_prices(), "built-in").value();
  EXPECT_EQ(table.find("s3-standard-ia")->billed(1), 131'072u);
  EXPECT_EQ(table.find("s3-standard-ia")->billed(131'073), 131'073u);
  EXPECT_EQ(table.find("s3-standard")->billed(1), 1u);
  EXPECT_EQ(table.find("s3-deep-archive")->billed(1), 32'769u);
}

TEST(Prices, MistakesAreNamedWithTheirLine) {
  const std::string head = "currency: EUR\nclasses:\n  a:\n";
  EXPECT_EQ(refused(head + "    storage: 0.5\n"), "accepted");
  EXPECT_EQ(refused(head + "    storage: \"0.000000001\"\n"), "accepted");
  EXPECT_THAT(refused(head + "    storage: cheap\n"), HasSubstr("line 4: \"cheap\" is not a price"));
  EXPECT_THAT(refused(head + "    storage: -1\n"), HasSubstr("is not a price"));
  EXPECT_THAT(refused(head + "    storrage: 1\n"), HasSubstr("\"storage\""));
  EXPECT_THAT(refused(head + "    unit: TB\n"), HasSubstr("unit is"));
  EXPECT_THAT(refused(head + "    minimumDays: 1.5\n"), HasSubstr("line 4"));
  EXPECT_THAT(refused(head + "    minimumObject: big\n"), HasSubstr("not an amount"));
  EXPECT_THAT(refused("classes: {a: {}}"), HasSubstr("currency is missing"));
  EXPECT_THAT(refused("currency: EUR"), HasSubstr("classes is missing"));
}

}  // namespace
}  // namespace salvor::config
