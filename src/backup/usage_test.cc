// Sums of a listing, and costs that were computed by hand.
#include "backup/usage.h"

#include <gmock/gmock.h>

#include "backup/stored_testing.h"
#include "store/memory.h"

namespace salvor::backup {
namespace {

using config::kOneUnit;
using config::Money;
using testing::put_bytes;
using testing::store_backup;

constexpr std::uint64_t kGiB1 = 1ull << 30;

// 10 for storing, 1 for fetching, 2 for sending beyond 1 GiB, 4 for a thousand requests; 30 days, 1 KiB at least.
constexpr std::string_view kTable = R"(
currency: EUR
classes:
  none: {unit: GB}
  rare: {storageClass: RARE, unit: GiB, storage: 10, retrieval: 1, egress: 2, egressFree: 1GiB, getRequests: 4,
         minimumDays: 30, minimumObject: 1KiB}
  deep: {storageClass: DEEP, unit: GiB, storage: 1, overhead: 32KiB, indexOverhead: 8KiB, indexStorage: 10}
  flat: {unit: GB, storage: 6, egress: 3, egressFreeStored: 3}
)";

struct Costing : ::testing::Test {
  Amounts of(const std::string& name, ClassUsage usage) { return {{{name, usage}}}; }
  UsageOptions with(const std::string& name) { return {.prices = &table, .price_class = name, .now = now}; }
  Money month(const std::string& name, ClassUsage usage) {
    return costs_of(of(name, usage), usage.bytes, with(name)).month;
  }

  const Time now{std::chrono::seconds(1'795'000'000)};
  const config::PriceTable table = config::parse_prices(kTable, "test").value();
};

TEST_F(Costing, StoringIsPaidForWhatIsBilled) {
  EXPECT_EQ(month("none", {5, 1ull << 50, 1ull << 50}), 0);
  // 3 GiB at 10 are 30.
  EXPECT_EQ(month("rare", {3, 3 * kGiB1, 3 * kGiB1}), 30 * kOneUnit);
  // 1,048,576 objects of 1 byte are billed as 1 KiB each: 1 GiB, 10.
  EXPECT_EQ(month("rare", {1'048'576, 1'048'576, kGiB1}), 10 * kOneUnit);
  // 5 GB at 6 are 30; 1 byte is 0.000000006.
  EXPECT_EQ(month("flat", {1, 5'000'000'000, 5'000'000'000}), 30 * kOneUnit);
  EXPECT_EQ(month("flat", {1, 1, 1}), 6);
  // 131,072 objects, empty: 32 KiB each at 1 are 4 GiB, 4; 8 KiB each at 10 are 1 GiB, 10.
  EXPECT_EQ(month("deep", {131'072, 0, 4 * kGiB1}), 14 * kOneUnit);
}

TEST_F(Costing, FetchingAllIsRetrievalRequestsAndEgress) {
  // 3 GiB: retrieval 3, 500 requests 2, egress of 2 GiB beyond the free one 4.
  EXPECT_EQ(costs_of(of("rare", {500, 3 * kGiB1, 3 * kGiB1}), 3 * kGiB1, with("rare")).restore, 9 * kOneUnit);
  // Within what is free: only 0.5 of retrieval and 0.004 for one request.
  EXPECT_EQ(costs_of(of("rare", {1, kGiB1 / 2, kGiB1 / 2}), kGiB1, with("rare")).restore, 504'000'000);
  // Three times what is stored is free.
  EXPECT_EQ(costs_of(of("flat", {1, 6'000'000'000, 0}), 2'000'000'000, with("flat")).restore, 0);
  EXPECT_EQ(costs_of(of("flat", {1, 7'000'000'000, 0}), 2'000'000'000, with("flat")).restore, 3 * kOneUnit);
}

TEST_F(Costing, DeletingEarlyStillCosts) {
  // 1 GiB, 15 of 30 days left: half a month at 10.
  EXPECT_EQ(costs_of(of("rare", {1, kGiB1, kGiB1, 15 * kGiB1}), kGiB1, with("rare")).deletion, 5 * kOneUnit);
}

TEST_F(Costing, ClassesAreSummed) {
  Amounts both = of("rare", {1, kGiB1, kGiB1});
  both.classes["deep"] = {1, kGiB1, kGiB1};
  // 10 + 1 and 8 KiB at 10: 10 * 8192 / 2^30 = 0.0000762939453125, rounded to nine digits.
  EXPECT_EQ(costs_of(both, 0, with("rare")).month, 11 * kOneUnit + 76'294);
}

// The built-in table, by hand: 500 GiB in 2,000 objects above the minimum, all old.
TEST(BuiltInCosts, AreThoseOfTheProvidersExamples) {
  const config::PriceTable table = config::parse_prices(config::builtin_prices(), "built-in").value();
  const auto costs = [&](const std::string& name) {
    const config::PriceClass& price = *table.find(name);
    const ClassUsage usage{2000, 500 * kGiB1, 500 * kGiB1 + 2000 * price.overhead};
    return costs_of({{{name, usage}}}, usage.bytes, {.prices = &table, .price_class = name});
  };
  EXPECT_EQ(config::format_money(costs("s3-standard").month), "11.500000");        // 500 * 0.023
  EXPECT_EQ(config::format_money(costs("s3-standard-ia").month), "6.250000");      // 500 * 0.0125
  EXPECT_EQ(config::format_money(costs("s3-glacier-instant").month), "2.000000");  // 500 * 0.004
  // 500 * 0.0036 = 1.8; 2000 * 32 KiB * 0.0036 / 2^20 = 0.000220; 2000 * 8 KiB * 0.023 / 2^20 = 0.000351
  EXPECT_EQ(config::format_money(costs("s3-glacier-flexible").month), "1.800571");
  EXPECT_EQ(config::format_money(costs("b2").month), "3.221225");  // 536.870912 GB * 0.006
  EXPECT_EQ(costs("none").month, 0);
  // 400 * 0.09 = 36; standard adds 2 * 0.0004; infrequent access 500 * 0.01 and 2 * 0.001
  EXPECT_EQ(config::format_money(costs("s3-standard").restore), "36.000800");
  EXPECT_EQ(config::format_money(costs("s3-standard-ia").restore), "41.002000");
  EXPECT_EQ(config::format_money(costs("b2").restore), "0.000800");
}

struct Scanning : Costing {
  Result<Usage> scan(std::size_t most = 100, const std::string& name = "rare") {
    UsageOptions options = with(name);
    options.most_backups = most;
    return scan_usage(storage, options, {});
  }

  FakeClock clock{now - std::chrono::days(10)};
  store::MemoryStorage storage{clock};
};

TEST_F(Scanning, SumsPipelinesAndBackups) {
  store_backup(storage, "b", {.start = "2026-11-12T02:00:00Z"});
  store_backup(storage, "a", {.start = "2026-11-13T02:00:00Z"});
  put_bytes(storage, "backups/half/half.tar.gz", std::string(2000, 'x'));
  put_bytes(storage, "kopia/team/p0", std::string(5000, 'x'));
  put_bytes(storage, "etcd/snap", "1234");
  put_bytes(storage, "restores/r/x", "12");
  put_bytes(storage, "file", "1");
  const auto usage = scan();
  ASSERT_TRUE(usage.ok());
  std::map<std::string, std::uint64_t> sizes;
  std::uint64_t sum = 0;
  for (const auto& [name, amounts] : usage->pipelines) {
    sizes[name] = amounts.bytes();
    sum += amounts.bytes();
  }
  EXPECT_EQ(sizes["kopia"], 5000u);
  EXPECT_EQ(sizes["etcd"], 4u);
  EXPECT_EQ(sizes["restores"], 2u);
  EXPECT_EQ(sizes["(top level)"], 1u);
  EXPECT_EQ(usage->total.bytes(), sum);
  std::vector<std::string> names;
  std::uint64_t backups = 0;
  for (const BackupUsage& backup : usage->backups) {
    names.push_back(backup.name);
    backups += backup.amounts.bytes();
  }
  EXPECT_EQ(backups, sizes["backups"]);
  EXPECT_THAT(names, ::testing::ElementsAre("half", "b", "a")) << "without a date first, then by date";
  EXPECT_FALSE(usage->backups[0].listed);
  EXPECT_TRUE(usage->backups[1].listed);
  EXPECT_EQ(format_rfc3339(*usage->backups[1].start), "2026-11-12T02:00:00Z");
  EXPECT_EQ(usage->oldest, clock.now());
}

TEST_F(Scanning, CountsMinimumsByTheAgeOfEachObject) {
  put_bytes(storage, "backups/a/small", "1");
  put_bytes(storage, "backups/a/large", std::string(4096, 'x'));
  const ClassUsage sums = scan()->total.classes.at("rare");
  EXPECT_EQ(sums.objects, 2u);
  EXPECT_EQ(sums.bytes, 4097u);
  EXPECT_EQ(sums.billed_bytes, 1024u + 4096u);
  EXPECT_EQ(sums.unpaid_byte_days, (1024u + 4096u) * 20) << "ten of thirty days are over";
}

TEST_F(Scanning, KeepsNoMoreBackupsThanItMay) {
  for (int i = 0; i < 10; ++i) put_bytes(storage, "backups/b" + std::to_string(i) + "/x", "1");
  const auto usage = scan(4);
  EXPECT_EQ(usage->backups.size(), 4u);
  EXPECT_EQ(usage->more_backups, 6u);
  EXPECT_EQ(usage->total.bytes(), 10u);
  for (int i = 0; i < 200; ++i) put_bytes(storage, "p" + std::to_string(i) + "/x", "1");
  EXPECT_LE(scan()->pipelines.size(), 101u);
}

TEST_F(Scanning, RefusesAClassThatTheTableDoesNotHave) {
  const auto usage = scan(10, "cheap");
  EXPECT_EQ(usage.error().code(), Code::invalid);
  EXPECT_THAT(usage.error().hint(), ::testing::HasSubstr("rare"));
}

TEST_F(Scanning, ADamagedRecordOnlyLacksItsDate) {
  store_backup(storage, "b");
  put_bytes(storage, "backups/b/velero-backup.json", "[");
  const auto usage = scan();
  ASSERT_TRUE(usage.ok());
  EXPECT_FALSE(usage->backups[0].start.has_value());
}

TEST(GrowthTable, GoesByDayAndThenByMonth) {
  std::vector<BackupUsage> backups;
  const auto add = [&](const std::string& start, std::uint64_t bytes) {
    backups.push_back({.name = start, .start = parse_rfc3339(start + "T01:00:00Z").value()});
    backups.back().amounts.classes["x"].bytes = bytes;
  };
  add("2026-10-31", 10);
  add("2026-11-01", 5);
  add("2026-11-01", 6);
  const auto days = growth_of(backups);
  ASSERT_EQ(days.size(), 2u);
  EXPECT_EQ(days[1].period, "2026-11-01");
  EXPECT_EQ(days[1].backups, 2u);
  EXPECT_EQ(days[1].bytes, 11u);
  EXPECT_EQ(days[1].total_bytes, 21u);
  for (int day = 10; day < 31; ++day) {
    add("2026-01-" + std::to_string(day), 1);
    add("2026-03-" + std::to_string(day), 1);
  }
  const auto months = growth_of(backups);
  ASSERT_EQ(months.size(), 4u);
  EXPECT_EQ(months[0].period, "2026-01");
  EXPECT_EQ(months[3].total_bytes, 63u);
}

}  // namespace
}  // namespace salvor::backup
