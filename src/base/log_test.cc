#include "base/log.h"

#include <gtest/gtest.h>

#include <thread>

namespace salvor {
namespace {

class LogTest : public testing::Test {
 protected:
  Log log(LogFormat format, LogLevel level = LogLevel::debug) {
    return Log(clock, line_sink(format, level, [this](std::string_view line) { lines.emplace_back(line); }));
  }
  FakeClock clock{Time(std::chrono::seconds(1'795'415'688))};
  std::vector<std::string> lines;
};

TEST_F(LogTest, LogfmtQuotesOnlyWhatNeedsIt) {
  log(LogFormat::logfmt).info("listed it", {{"resource", "secrets"}, {"items", 412}, {"empty", ""}, {"q", "a=\"b\""}});
  EXPECT_EQ(lines.at(0),
            "time=2026-11-23T06:34:48Z level=info msg=\"listed it\" resource=secrets items=412 empty=\"\" "
            "q=\"a=\\\"b\\\"\"");
}

TEST_F(LogTest, JsonIsOneObjectPerLine) {
  log(LogFormat::json).error("odd \"name\"", {{"path", "C:\\x"}, {"n", -3}, {"name", "Größe 🗝"}});
  EXPECT_EQ(lines.at(0),
            "{\"time\":\"2026-11-23T06:34:48Z\",\"level\":\"error\",\"msg\":\"odd \\\"name\\\"\","
            "\"path\":\"C:\\\\x\",\"n\":\"-3\",\"name\":\"Größe 🗝\"}");
}

// A name from a hostile cluster must not start a new record, colour the terminal or break the JSON.
TEST_F(LogTest, ControlCharactersNeverGetThrough) {
  std::string hostile;
  for (int c = 0; c < 0x20; ++c) hostile += static_cast<char>(c);
  hostile += "\x7f \xc2\x80 \xc2\x9b[31m \xc2\x9f";
  for (const LogFormat format : {LogFormat::logfmt, LogFormat::json}) {
    log(format).warning(hostile, {{"field", hostile}});
    for (const char c : lines.back()) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) << int(c);
    EXPECT_EQ(lines.back().find('\xc2'), std::string::npos);
    EXPECT_NE(lines.back().find("\\u0000\\u0001"), std::string::npos);
    EXPECT_NE(lines.back().find("\\n\\u000b"), std::string::npos);
    EXPECT_NE(lines.back().find("\\u001b"), std::string::npos);
    EXPECT_NE(lines.back().find("\\u007f \\u0080 \\u009b[31m \\u009f"), std::string::npos);
  }
}

TEST_F(LogTest, InvalidUtf8IsReplaced) {
  const std::string_view kReplacement = "\xef\xbf\xbd";
  for (const std::string_view wrong :
       {"\xff", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe0\x9f\xbf"}) {
    log(LogFormat::json).info("m", {{"f", "a" + std::string(wrong) + "b"}});
    std::string shown;
    for (std::size_t i = 0; i < wrong.size(); ++i) shown += kReplacement;
    EXPECT_NE(lines.back().find("\"a" + shown + "b\""), std::string::npos) << lines.back();
  }
  log(LogFormat::json).info("\xc2\xa0\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
  EXPECT_EQ(lines.back().find(kReplacement), std::string::npos);
}

TEST_F(LogTest, LevelsBelowTheSinksAreLeftOut) {
  const Log quiet = log(LogFormat::logfmt, LogLevel::warning);
  quiet.debug("a");
  quiet.info("b");
  quiet.warning("c");
  quiet.error("d");
  EXPECT_EQ(lines.size(), 2u);
}

TEST_F(LogTest, BoundFieldsFollowTheRecordsOwn) {
  const Log root = log(LogFormat::logfmt), bound = root.with({{"backup", "nightly"}}).with({{"step", 2}});
  bound.info("m", {{"own", 1}});
  root.info("m");
  EXPECT_EQ(lines.at(0), "time=2026-11-23T06:34:48Z level=info msg=m own=1 backup=nightly step=2");
  EXPECT_EQ(lines.at(1), "time=2026-11-23T06:34:48Z level=info msg=m");
}

TEST_F(LogTest, TeeWritesToBoth) {
  std::vector<std::string> kept;
  const Log both = log(LogFormat::logfmt).tee(line_sink(LogFormat::json, LogLevel::error, [&](std::string_view line) {
    kept.emplace_back(line);
  }));
  both.info("a");
  both.error("b");
  EXPECT_EQ(lines.size(), 2u);
  EXPECT_EQ(kept.size(), 1u);
}

TEST_F(LogTest, ThreadsDoNotMixTheirLines) {
  const Log shared = log(LogFormat::logfmt);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i) shared.info("same");
      });
    }
  }
  ASSERT_EQ(lines.size(), 800u);
  for (const std::string& line : lines) EXPECT_EQ(line, "time=2026-11-23T06:34:48Z level=info msg=same");
}

TEST(Log, NoneWritesNowhere) { Log::none().with({{"a", 1}}).error("lost"); }

}  // namespace
}  // namespace salvor
