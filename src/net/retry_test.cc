#include "net/retry.h"

#include <gtest/gtest.h>

namespace salvor::net {
namespace {

using std::chrono::milliseconds;

TEST(Backoff, StaysBelowAnExponentialBoundAndTheCap) {
  SeededRng rng(1);
  for (int attempt = 0; attempt < 80; ++attempt) {
    const milliseconds bound = attempt < 6 ? milliseconds(200 << attempt) : milliseconds(10'000);
    for (int i = 0; i < 50; ++i) {
      const milliseconds wait = backoff(attempt, rng);
      EXPECT_GE(wait, milliseconds(0));
      EXPECT_LE(wait, bound) << attempt;
    }
  }
}

TEST(Backoff, SpreadsOverTheWholeRange) {
  SeededRng rng(2);
  milliseconds least{1 << 30}, most{0};
  for (int i = 0; i < 1000; ++i) {
    least = std::min(least, backoff(10, rng));
    most = std::max(most, backoff(10, rng));
  }
  EXPECT_LT(least, milliseconds(500));
  EXPECT_GT(most, milliseconds(9'500));
}

const Time kNow = parse_rfc3339("2026-11-23T06:00:00Z").value();

TEST(RetryAfter, ReadsSeconds) {
  EXPECT_EQ(parse_retry_after("7", kNow), milliseconds(7'000));
  EXPECT_EQ(parse_retry_after("0", kNow), milliseconds(0));
}

TEST(RetryAfter, ReadsEveryFormOfAnHttpDate) {
  EXPECT_EQ(parse_retry_after("Mon, 23 Nov 2026 06:00:30 GMT", kNow), milliseconds(30'000));
  EXPECT_EQ(parse_retry_after("Monday, 23-Nov-26 06:00:30 GMT", kNow), milliseconds(30'000));
  EXPECT_EQ(parse_retry_after("Mon Nov 23 06:00:30 2026", kNow), milliseconds(30'000));
}

TEST(RetryAfter, IsNeverNegativeAndNeverMoreThanAnHour) {
  EXPECT_EQ(parse_retry_after("-5", kNow), milliseconds(0));
  EXPECT_EQ(parse_retry_after("Sun, 22 Nov 2026 06:00:00 GMT", kNow), milliseconds(0));
  EXPECT_EQ(parse_retry_after("99999999", kNow), milliseconds(3'600'000));
  EXPECT_EQ(parse_retry_after("Mon, 23 Nov 2099 06:00:00 GMT", kNow), milliseconds(3'600'000));
}

TEST(RetryAfter, IgnoresWhatIsNeither) {
  for (const char* text : {"", "soon", "7 seconds", "1.5", "0x10"}) {
    EXPECT_EQ(parse_retry_after(text, kNow), std::nullopt) << text;
  }
}

TEST(HttpDate, IsReadOrNothing) {
  EXPECT_EQ(parse_http_date("Mon, 23 Nov 2026 06:00:00 GMT"), kNow);
  for (const char* text : {"", "now", "Mon, 99 Nov 2026 06:00:00 GMT", "Mon, 23 Nov 9999 06:00:00 GMT"}) {
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace salvor::net
