#include "backup/wildcard.h"

#include <gtest/gtest.h>

namespace salvor::backup {

namespace {

bool matches(std::string_view pattern, std::string_view name) {
  const Result<Glob> glob = Glob::compile(pattern);
  EXPECT_TRUE(glob.ok()) << pattern;
  return glob.ok() && glob->matches(name);
}

}  // namespace

TEST(Glob, MatchesWholeNames) {
  EXPECT_TRUE(matches("pods", "pods"));
  EXPECT_FALSE(matches("pods", "pods.metrics.k8s.io"));
  EXPECT_TRUE(matches("*.apps", "deployments.apps"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("**", "a.b"));
  EXPECT_FALSE(matches("?", ""));
  EXPECT_TRUE(matches("?", "\xC3\xA9"));
  EXPECT_FALSE(matches("a.c", "abc"));
}

TEST(Glob, KnowsSetsAndRanges) {
  EXPECT_TRUE(matches("[abc]x", "bx"));
  EXPECT_FALSE(matches("[!abc]x", "bx"));
  EXPECT_TRUE(matches("[!abc]x", "dx"));
  EXPECT_TRUE(matches("[a-c]", "b"));
  EXPECT_FALSE(matches("[!a-c]", "b"));
  EXPECT_TRUE(matches("[-a]", "-"));
  EXPECT_TRUE(matches("[^]", "^"));
  for (const char* bad : {"[", "[]", "[a", "[a-", "[a-z", "[z-a]", "[a-z0-9]", "[!]"}) {
    EXPECT_FALSE(Glob::compile(bad).ok()) << bad;
  }
}

TEST(Glob, KnowsAlternativesAndEscapes) {
  EXPECT_TRUE(matches("{pods,secret*}", "secrets"));
  EXPECT_TRUE(matches("{a{b,c},d}", "ac"));
  EXPECT_FALSE(matches("{pods,secrets}", "pods,secrets"));
  EXPECT_TRUE(matches("a,b}", "a,b}"));
  EXPECT_TRUE(matches("\\*", "*"));
  EXPECT_FALSE(matches("\\*", "x"));
  EXPECT_TRUE(matches("{a,b", "b"));
}

TEST(Glob, IsNotSlowedDownByManyStars) {
  std::string pattern, name(5000, 'a');
  for (int i = 0; i < 200; ++i) pattern += "a*";
  EXPECT_FALSE(matches(pattern + "b", name));
  EXPECT_FALSE(Glob::compile(std::string(5000, '*')).ok());
}

TEST(Globs, MatchWhatOneOfThemMatchesAndWithoutAnyEverything) {
  EXPECT_TRUE(Globs::compile({})->matches("x"));
  EXPECT_TRUE(Globs::compile({""})->matches("x"));
  const Globs globs = *Globs::compile({"a*", "b"});
  EXPECT_TRUE(globs.matches("abc"));
  EXPECT_TRUE(globs.matches("b"));
  EXPECT_FALSE(globs.matches("bc"));
  EXPECT_FALSE(Globs::compile({"a", "["}).ok());
}

TEST(NamespacePatterns, ExpandAgainstLiveNamespaces) {
  const std::vector<std::string> live{"dev", "prod-1", "prod-2"};
  EXPECT_EQ(*expand_namespaces({"prod-*", "gone", "prod-1"}, live),
            (std::vector<std::string>{"gone", "prod-1", "prod-2"}));
  EXPECT_TRUE(expand_namespaces({"x*"}, live)->empty());
  for (const char* bad : {"a|b", "a,b", "{a}", "(a)", "!a", "a**", "[", "[]", "a]"}) {
    EXPECT_FALSE(expand_namespaces({bad}, live).ok()) << bad;
  }
}

}  // namespace salvor::backup
