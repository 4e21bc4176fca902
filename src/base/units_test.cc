#include "base/units.h"

#include <gtest/gtest.h>

namespace salvor {
namespace {

using namespace std::chrono_literals;

TEST(FormatBytes, ShowsThreeDigitsOrSo) {
  const struct {
    std::uint64_t bytes;
    const char* text;
  } cases[] = {{0, "0 B"},
               {812, "812 B"},
               {1023, "1023 B"},
               {1024, "1.0 KiB"},
               {1229, "1.2 KiB"},
               {102'348, "99.9 KiB"},
               {102'400, "100 KiB"},
               {1'048'575, "1.0 MiB"},
               {3'565'158, "3.4 MiB"},
               {kGiB * 64, "64.0 GiB"},
               {UINT64_MAX, "16.0 EiB"}};
  for (const auto& [bytes, text] : cases) EXPECT_EQ(format_bytes(bytes), text);
}

TEST(CountOf, SaysOneAndMany) {
  EXPECT_EQ(count_of(1, "file"), "1 file");
  EXPECT_EQ(count_of(0, "file"), "0 files");
  EXPECT_EQ(count_of(2, "directory", "directories"), "2 directories");
}

TEST(FormatDuration, ShowsTheTwoLargestUnits) {
  EXPECT_EQ(format_duration(850ms), "850ms");
  EXPECT_EQ(format_duration(3299ms), "3.2s");
  EXPECT_EQ(format_duration(59'999ms), "59.9s");
  EXPECT_EQ(format_duration(4min + 12s), "4m12s");
  EXPECT_EQ(format_duration(2h + 5min), "2h05m");
  EXPECT_EQ(format_duration(100h), "100h00m");
}

// Facts about Go's time.ParseDuration, boundary values included.
TEST(ParseDuration, ReadsWhatGoReads) {
  const struct {
    const char* text;
    Duration duration;
  } cases[] = {{"0", 0s},
               {"+0", 0s},
               {"5s", 5s},
               {"+5s", 5s},
               {"30s", 30s},
               {"1478s", 1478s},
               {"5.0s", 5s},
               {"5.6s", 5600ms},
               {"5.s", 5s},
               {".5s", 500ms},
               {"1.004s", 1004ms},
               {"1.0040s", 1004ms},
               {"100.00100s", 100'001ms},
               {"10ns", 10ns},
               {"11us", 11us},
               {"12µs", 12us},
               {"12μs", 12us},
               {"13ms", 13ms},
               {"15m", 15min},
               {"16h", 16h},
               {"720h0m0s", 720h},
               {"3h30m", 3h + 30min},
               {"10.5s4m", 4min + 10500ms},
               {"1h2m3s4ms5us6ns", 1h + 2min + 3s + 4ms + 5us + 6ns},
               {"52763797000ns", 52'763'797'000ns},
               {"0.3333333333333333333h", 20min},
               {"9007199254740993ns", 9'007'199'254'740'993ns},
               {"9223372036854775807ns", Duration::max()},
               {"9223372036854775.807us", Duration::max()},
               {"9223372036s854ms775us807ns", Duration::max()},
               {"0.100000000000000000000h", 6min},
               {"0.830103483285477580700h", 49min + 48s + 372'539'827ns},
               {"1.9ns", 1ns}};
  for (const auto& [text, duration] : cases) {
    const auto parsed = parse_duration(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(parsed->count(), duration.count()) << text;
  }
}

TEST(ParseDuration, RefusesWhatGoRefusesAndNegatives) {
  for (const char* text : {"",
                           "3",
                           "-",
                           "+",
                           "s",
                           ".",
                           "-.",
                           ".s",
                           "+.s",
                           "1d",
                           "1w",
                           "1 h",
                           " 1h",
                           "1h ",
                           "1H",
                           "1.2.3s",
                           "1e3s",
                           "0x1s",
                           "-1s",
                           "-0s",
                           "1h30",
                           "1hs",
                           "1\xffs",
                           "infs",
                           "nans",
                           "3000000h",
                           "9223372036854775808ns",
                           "9223372036854775.808us",
                           "9223372036854ms775us808ns",
                           "99999999999999999999999s",
                           "1\n"}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code(), Code::invalid);
    EXPECT_FALSE(parsed.error().hint().empty());
  }
}

TEST(FormatGoDuration, WritesWhatGoWrites) {
  const struct {
    Duration duration;
    const char* text;
  } cases[] = {{0s, "0s"},
               {1ns, "1ns"},
               {1100ns, "1.1µs"},
               {2200us, "2.2ms"},
               {100ms, "100ms"},
               {3300ms, "3.3s"},
               {4min + 5s, "4m5s"},
               {4min + 5001ms, "4m5.001s"},
               {5h + 6min + 7001ms, "5h6m7.001s"},
               {8min + 1ns, "8m0.000000001s"},
               {720h, "720h0m0s"},
               {90s, "1m30s"},
               {-1500us, "-1.5ms"},
               {Duration::max(), "2562047h47m16.854775807s"},
               {Duration::min(), "-2562047h47m16.854775808s"}};
  for (const auto& [duration, text] : cases) EXPECT_EQ(format_go_duration(duration), text);
}

TEST(FormatGoDuration, IsReadBack) {
  for (std::int64_t ns = 1; ns > 0 && ns < INT64_MAX / 3; ns = ns * 3 + 7) {
    EXPECT_EQ(parse_duration(format_go_duration(Duration(ns))).value().count(), ns);
  }
}

}  // namespace
}  // namespace salvor
