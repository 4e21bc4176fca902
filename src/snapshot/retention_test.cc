// The golden file holds what stock's own code (snapshot/policy of kopia 0.22.3) keeps of histories that chance made, in
// three time zones.
#include "snapshot/retention.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <optional>

#include "base/source_directory_testing.h"
#include "snapshot/local_calendar.h"

namespace salvor::snapshot {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The time zone of the test, until it ends.
class InZone {
 public:
  explicit InZone(const std::string& zone) {
    if (const char* const before = std::getenv("TZ")) before_ = before;
    set(zone);
  }
  ~InZone() {
    if (before_) {
      set(*before_);
    } else {
      ::unsetenv("TZ");
      ::tzset();
    }
  }

 private:
  static void set(const std::string& zone) {
    ::setenv("TZ", zone.c_str(), 1);
    ::tzset();
  }
  std::optional<std::string> before_;
};

std::vector<std::string> tab_separated(const std::string& line) {
  std::vector<std::string> all(1);
  for (const char c : line) {
    if (c == '\t') {
      all.emplace_back();
    } else {
      all.back() += c;
    }
  }
  return all;
}

std::string with_commas(const std::vector<std::string>& reasons) {
  std::string text;
  for (const std::string& reason : reasons) text += (text.empty() ? "" : ",") + reason;
  return text;
}

struct History {
  std::string zone, policy;
  std::vector<Manifest> snapshots;
  std::vector<std::string> reasons;
};

std::vector<History> golden_histories() {
  std::vector<History> all;
  std::ifstream file(source_directory() + "/src/snapshot/golden/retention.txt");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    const std::vector<std::string> parts = tab_separated(line);
    if (parts[0] == "zone") {
      all.push_back({.zone = parts[1], .policy = {}, .snapshots = {}, .reasons = {}});
    } else if (parts[0] == "policy") {
      all.back().policy = parts[1];
    } else {
      all.back().snapshots.push_back({.source = {},
                                      .start = Time(Duration(std::stoll(parts[0]))),
                                      .end = Time(Duration(std::stoll(parts[1]))),
                                      .stats = {},
                                      .incomplete = parts[2]});
      all.back().reasons.push_back(parts[3]);
    }
  }
  return all;
}

std::vector<std::vector<std::string> > reasons_of(const std::vector<Manifest>& snapshots, const Policy& policy) {
  std::vector<const Manifest*> all;
  for (const Manifest& one : snapshots) all.push_back(&one);
  return retention_reasons(all, policy);
}

Manifest at(Time start, std::string incomplete = "") {
  return {.source = {}, .start = start, .end = start + 1s, .stats = {}, .incomplete = std::move(incomplete)};
}

TEST(Retention, KeepsWhatStockKeepsAndSaysTheSame) {
  const std::vector<History> all = golden_histories();
  ASSERT_GT(all.size(), 150U);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const InZone zone(all[i].zone);
    const auto found = reasons_of(all[i].snapshots, *parse_policy(all[i].policy));
    for (std::size_t k = 0; k < found.size(); ++k) {
      EXPECT_EQ(with_commas(found[k]), all[i].reasons[k])
          << "history " << i << ", " << all[i].zone << ", snapshot " << k;
    }
  }
}

TEST(Retention, OfNoSnapshotsIsNothing) { EXPECT_THAT(reasons_of({}, default_policy()), IsEmpty()); }

TEST(Retention, KeepsEverythingByAPolicyThatKeepsNothing) {
  const Time start = *parse_rfc3339("2026-11-30T10:00:00Z");
  EXPECT_THAT(reasons_of({at(start), at(start - 1h)}, Policy{}),
              ElementsAre(ElementsAre("latest-1"), ElementsAre("latest-2")));
}

TEST(Retention, KeepsYoungIncompleteSnapshotsThatAreNewerThanWholeOnes) {
  const Time start = *parse_rfc3339("2026-11-30T10:00:00Z");
  Policy policy;
  policy.keep_latest = 1;
  EXPECT_THAT(reasons_of({at(start, "checkpoint"), at(start - 5h, "checkpoint"), at(start - 6h, "canceled"),
                          at(start - 7h, "checkpoint"), at(start - 8h), at(start - 9h, "checkpoint"), at(start - 10h)},
                         policy),
              ElementsAre(ElementsAre("incomplete"), ElementsAre("incomplete"), ElementsAre("incomplete"), IsEmpty(),
                          ElementsAre("latest-1"), IsEmpty(), IsEmpty()));
}

TEST(Retention, BearsAbsurdNumbers) {
  const Time start = *parse_rfc3339("2026-11-30T10:00:00Z");
  Policy policy;
  policy.keep_hourly = policy.keep_daily = policy.keep_weekly = policy.keep_monthly = policy.keep_annual = INT64_MAX;
  EXPECT_THAT(reasons_of({at(start)}, policy),
              ElementsAre(ElementsAre("hourly-1", "daily-1", "weekly-1", "monthly-1", "annual-1")));
  policy.keep_hourly = policy.keep_daily = policy.keep_weekly = policy.keep_monthly = policy.keep_annual = INT64_MIN;
  policy.keep_latest = 1;
  EXPECT_THAT(reasons_of({at(start), at(start - 1h)}, policy), ElementsAre(ElementsAre("latest-1"), IsEmpty()));
}

TEST(LocalCalendar, CountsDaysMonthsAndYearsAsGoDoes) {
  const InZone zone("Europe/Berlin");
  const auto before = [](const char* from, std::int64_t years, std::int64_t months, std::int64_t days) {
    const Seconds seconds = before_on_calendar(seconds_of(*parse_rfc3339(from)), years, months, days);
    return format_rfc3339(Time(std::chrono::seconds(seconds)));
  };
  EXPECT_EQ(before("2024-02-29T12:00:00Z", 1, 0, 0), "2023-03-01T12:00:00Z");
  EXPECT_EQ(before("2026-03-31T12:00:00Z", 0, 1, 0), "2026-03-03T13:00:00Z") << "summer has begun in between";
  EXPECT_EQ(before("2026-01-15T12:00:00Z", 0, 13, 0), "2024-12-15T12:00:00Z");
  EXPECT_EQ(before("2026-03-30T10:00:00Z", 0, 0, 2), "2026-03-28T11:00:00Z");
  EXPECT_EQ(iso_week(*parse_rfc3339("2027-01-03T12:00:00Z")), "2026-53");
  EXPECT_EQ(iso_week(*parse_rfc3339("2027-01-03T23:30:00Z")), "2027-01") << "it is Monday in Berlin";
  EXPECT_EQ(iso_week(*parse_rfc3339("2024-12-30T12:00:00Z")), "2025-01");
}

}  // namespace
}  // namespace salvor::snapshot
