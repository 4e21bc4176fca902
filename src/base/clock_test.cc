#include "base/clock.h"

#include <gtest/gtest.h>

#include <thread>

namespace salvor {
namespace {

using namespace std::chrono_literals;

Time at(std::int64_t seconds, std::int64_t nanoseconds = 0) {
  return Time(std::chrono::seconds(seconds) + std::chrono::nanoseconds(nanoseconds));
}

TEST(FakeClock, MovesOnlyWhenToldOrWaitedFor) {
  FakeClock clock(at(100));
  EXPECT_EQ(clock.now(), at(100));
  clock.advance(5s);
  EXPECT_TRUE(clock.wait(1h, {}));
  EXPECT_EQ(clock.now(), at(3705));
  EXPECT_EQ(clock.monotonic(), 3705s);
}

TEST(FakeClock, DoesNotWaitOnceStopped) {
  FakeClock clock;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(clock.wait(1h, stop.get_token()));
  EXPECT_EQ(clock.now(), Time{});
}

TEST(FakeClock, CanWaitForEver) {
  FakeClock clock(at(1'700'000'000));
  EXPECT_TRUE(clock.wait(Duration::max(), {}));
  EXPECT_EQ(clock.now(), Time::max());
}

TEST(SystemClock, WaitsForEverUntilStopped) {
  SystemClock clock;
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_FALSE(clock.wait(Duration::max(), stop.get_token()));
}

TEST(SystemClock, WaitsAtLeastAsLongAsAsked) {
  SystemClock clock;
  const Duration before = clock.monotonic();
  EXPECT_TRUE(clock.wait(5ms, {}));
  EXPECT_GE(clock.monotonic() - before, 5ms);
}

TEST(FormatRfc3339, WritesUtcAsKubernetesDoes) {
  EXPECT_EQ(format_rfc3339(at(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_rfc3339(at(1'795'415'688, 999'999'999)), "2026-11-23T06:34:48Z");
  EXPECT_EQ(format_rfc3339(at(-1)), "1969-12-31T23:59:59Z");
  EXPECT_EQ(format_rfc3339_micro(at(1'795'415'688, 1'999)), "2026-11-23T06:34:48.000001Z");
  EXPECT_EQ(format_rfc3339_micro(at(-1, 1'000)), "1969-12-31T23:59:59.000001Z");
}

// Go's time.Time.MarshalJSON.
TEST(FormatRfc3339, WritesNoMoreDigitsThanItTakes) {
  EXPECT_EQ(format_rfc3339_nano(at(1'795'415'688)), "2026-11-23T06:34:48Z");
  EXPECT_EQ(format_rfc3339_nano(at(1'795'415'688, 120'300'000)), "2026-11-23T06:34:48.1203Z");
  EXPECT_EQ(format_rfc3339_nano(at(1'795'415'688, 1)), "2026-11-23T06:34:48.000000001Z");
  EXPECT_EQ(format_rfc3339_nano(at(-1, 500'000'000)), "1969-12-31T23:59:59.5Z");
  EXPECT_EQ(format_rfc3339_nano(Time::min()), "1677-09-21T00:12:43.145224192Z");
}

TEST(ParseRfc3339, ReadsOffsetsAndFractions) {
  const struct {
    const char* text;
    Time time;
  } cases[] = {{"1970-01-01T00:00:00Z", at(0)},
               {"2026-11-23T06:34:48Z", at(1'795'415'688)},
               {"2026-11-23t06:34:48z", at(1'795'415'688)},
               {"2026-11-23T07:34:48+01:00", at(1'795'415'688)},
               {"2026-11-22T23:04:48-07:30", at(1'795'415'688)},
               {"2026-11-23T06:34:48.5Z", at(1'795'415'688, 500'000'000)},
               {"2026-11-23T06:34:48.123456789Z", at(1'795'415'688, 123'456'789)},
               {"2026-11-23T06:34:48.1234567899Z", at(1'795'415'688, 123'456'789)},
               {"2024-02-29T00:00:00Z", at(1'709'164'800)},
               {"2016-12-31T23:59:60Z", at(1'483'228'800)},
               {"1969-12-31T23:59:59.5Z", at(-1, 500'000'000)}};
  for (const auto& [text, time] : cases) {
    const auto parsed = parse_rfc3339(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(*parsed, time) << text;
  }
}

TEST(ParseRfc3339, RefusesWhatIsNoTime) {
  for (const char* text : {"",
                           "2026",
                           "2026-11-23",
                           "2026-11-23T06:34:48",
                           "2026-11-23 06:34:48Z",
                           "2026-13-01T00:00:00Z",
                           "2026-02-29T00:00:00Z",
                           "2026-00-10T00:00:00Z",
                           "2026-11-23T24:00:00Z",
                           "2026-11-23T06:60:00Z",
                           "2026-11-23T06:34:61Z",
                           "2026-11-23T06:34:48.Z",
                           "2026-11-23T06:34:48+0100",
                           "2026-11-23T06:34:48+01",
                           "2026-11-23T06:34:48+24:00",
                           "2026-11-23T06:34:48+01:60",
                           "2026-11-23T06:34:48ZZ",
                           "+026-11-23T06:34:48Z",
                           "2026-11-23T06:34:48.5",
                           "2026-11-23T06:34:48.+01:00"}) {
    EXPECT_FALSE(parse_rfc3339(text).ok()) << text;
  }
}

TEST(ParseRfc3339, TakesTheNearestTimeForWhatIsOutOfReach) {
  EXPECT_EQ(parse_rfc3339("0001-01-01T00:00:00Z").value(), Time::min());
  EXPECT_EQ(format_rfc3339(Time::min()), "1677-09-21T00:12:43Z");
  EXPECT_EQ(format_rfc3339(Time::max()), "2262-04-11T23:47:16Z");
  EXPECT_EQ(parse_rfc3339("9999-12-31T23:59:59Z").value(), Time::max());
  EXPECT_EQ(parse_rfc3339("2262-04-11T23:47:16.999999999Z").value(), Time::max());
  EXPECT_LT(parse_rfc3339("2262-04-11T23:47:15Z").value(), Time::max());
}

TEST(ParseRfc3339, ReadsBackWhatIsWritten) {
  for (std::int64_t seconds = -9'000'000'000; seconds < 9'000'000'000; seconds += 86'461'007) {
    EXPECT_EQ(parse_rfc3339(format_rfc3339(at(seconds))).value(), at(seconds));
    EXPECT_EQ(parse_rfc3339(format_rfc3339_micro(at(seconds, 123'456'000))).value(), at(seconds, 123'456'000));
  }
}

}  // namespace
}  // namespace salvor
