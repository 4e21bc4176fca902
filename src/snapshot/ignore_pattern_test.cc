// The golden file holds what stock's own code (internal/wcmatch of kopia 0.22.3) says of rules and paths that chance
// made: lines of rule, base, path, whether it is a directory, and the answer: "out", "in", or "error" of the rule.
#include "snapshot/ignore_pattern.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/source_directory_testing.h"

namespace salvor::snapshot {
namespace {

std::string verdict(std::string_view rule, std::string_view path, bool is_directory = false,
                    std::string_view base = "") {
  const auto pattern = IgnorePattern::parse(rule, base);
  if (!pattern.ok()) return "error";
  return pattern->leaves_out(to_runes(path), is_directory) ? "out" : "in";
}

std::vector<std::string> fields(const std::string& line) {
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

std::string text_of_hex(const std::string& hex) {
  std::string text;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    text += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return text;
}

TEST(IgnorePatterns, MeanWhatTheyLookLike) {
  EXPECT_EQ(verdict("*.tmp", "/a.tmp"), "out");
  EXPECT_EQ(verdict("*.tmp", "/x/y/a.tmp"), "out");
  EXPECT_EQ(verdict("/build", "/build"), "out");
  EXPECT_EQ(verdict("/build", "/x/build"), "in");
  EXPECT_EQ(verdict("cache/", "/x/cache", true), "out");
  EXPECT_EQ(verdict("cache/", "/x/cache"), "in");
  EXPECT_EQ(verdict("!keep", "/keep"), "in");
  EXPECT_EQ(verdict("a/b", "/a/b"), "out");
  EXPECT_EQ(verdict("a/b", "/x/a/b"), "in");
  EXPECT_EQ(verdict("a/**/b", "/a/b"), "out");
  EXPECT_EQ(verdict("a/**/b", "/a/x/y/b"), "out");
  EXPECT_EQ(verdict("[a-c]?[!x]", "/bzz"), "out");
  EXPECT_EQ(verdict("[[:digit:]]*", "/7up"), "out");
  EXPECT_EQ(verdict("x", "/sub/x", false, "/sub"), "out");
  EXPECT_EQ(verdict("/x", "/sub/deep/x", false, "/sub"), "in");
  EXPECT_EQ(verdict("x", "/other/x", false, "/sub"), "in");
}

TEST(IgnorePatterns, ThatEndTooEarlyOrNameUnknownClassesAreErrors) {
  for (const std::string_view bad : {"a\\", "[ab", "[", "[[:nothing:]]", "[a-", "[\\"})
    EXPECT_EQ(verdict(bad, "/a"), "error") << bad;
}

TEST(IgnorePatterns, TakeBytesThatAreNoUtf8ForOneAndTheSameCharacter) {
  EXPECT_EQ(to_runes("a\xFFz\xC3"), U"a\uFFFDz\uFFFD");
  EXPECT_EQ(to_runes("\xE2\x98\x83\xF0\x9F\x98\x80\xC3\xA9"), U"\u2603\U0001F600\u00E9");
  EXPECT_EQ(to_runes("\xED\xA0\x80"), U"\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(verdict("a?b",
                    "/a\xFF"
                    "b"),
            "out");
}

TEST(IgnorePatterns, WithManyStarsAreAnsweredSoon) {
  std::string rule, path;
  for (int i = 0; i < 20; ++i) rule += "**/a*/";
  for (int i = 0; i < 300; ++i) path += "/ab";
  EXPECT_EQ(verdict(rule + "c", path), "in");
  EXPECT_EQ(verdict(std::string(200, '*') + "a" + std::string(100, '*'), path), "out");
}

TEST(IgnorePatterns, SayWhatStockSaysOfRandomRules) {
  std::ifstream file(source_directory() + "/src/snapshot/golden/ignore_patterns.txt");
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    const std::vector<std::string> parts = fields(line);
    ASSERT_EQ(parts.size(), 5U) << line;
    const std::string rule = text_of_hex(parts[0]);
    EXPECT_EQ(verdict(rule, text_of_hex(parts[2]), parts[3] == "d", text_of_hex(parts[1])), parts[4])
        << "rule \"" << rule << "\" base \"" << text_of_hex(parts[1]) << "\" path \"" << text_of_hex(parts[2]) << "\"";
    ++count;
  }
  EXPECT_GT(count, 2000U);
}

}  // namespace
}  // namespace salvor::snapshot
