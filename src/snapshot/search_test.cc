#include "snapshot/search.h"

#include <gmock/gmock.h>

#include "snapshot/repository_testing.h"

namespace salvor::snapshot {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Searching : ::testing::Test {
  std::vector<std::string> find(const std::vector<Manifest>& snapshots, std::string_view pattern, bool below = true) {
    const auto opened = repository.open();
    std::vector<DirEntry> roots;
    for (const Manifest& one : snapshots) roots.push_back(*one.root);
    std::vector<std::string> paths;
    problems.clear();
    const Result<> searched = search(
        *opened, opened->indexes(), roots, {.below_found = below},
        [&](const DirEntry& entry) { return matches_glob(pattern, entry.name); },
        [&](std::size_t root, const std::string& path, const DirEntry&) {
          return paths.push_back(std::to_string(root) + "/" + path), Result<>();
        },
        [&](std::size_t root, const std::string& path, const Error&) {
          problems.push_back(std::to_string(root) + "/" + path);
        },
        {});
    EXPECT_TRUE(searched.ok()) << to_string(searched.error());
    return paths;
  }
  TestRepository repository;
  std::vector<std::string> problems;
};

TEST_F(Searching, TellsEveryPathInEverySnapshot) {
  std::map<std::string, std::string> files{
      {"a/x.conf", "1"}, {"a/b/c/x.conf", "2"}, {"d/c/x.conf", "2"}, {"e/f/y", "3"}};
  const Manifest first = repository.save(files);
  files.erase("a/x.conf");
  const Manifest second = repository.save(files);
  EXPECT_THAT(find({first, second}, "x.conf"),
              ElementsAre("0/a/x.conf", "0/a/b/c/x.conf", "0/d/c/x.conf", "1/a/b/c/x.conf", "1/d/c/x.conf"));
  EXPECT_THAT(find({first}, "[ce]"), ElementsAre("0/e", "0/a/b/c", "0/d/c"));
  EXPECT_THAT(find({first}, "tree"), ElementsAre("0/"));
  EXPECT_THAT(find({first}, "nothing"), IsEmpty());
}

TEST_F(Searching, GoesOnBelowWhatWasFoundOrNot) {
  const Manifest snapshot = repository.save({{"a/a/a", "1"}, {"b/a", "2"}});
  EXPECT_THAT(find({snapshot}, "a"), ElementsAre("0/a", "0/a/a", "0/a/a/a", "0/b/a"));
  EXPECT_THAT(find({snapshot}, "a", false), ElementsAre("0/a", "0/b/a"));
}

TEST_F(Searching, TellsTheDirectoryThatCannotBeReadAndGoesOn) {
  const Manifest snapshot = repository.save({{"a/b/x", "1"}, {"c/x", "2"}});
  repository.damage(repository.content_of(snapshot, "a/b"));
  EXPECT_THAT(find({snapshot}, "x"), ElementsAre("0/c/x"));
  EXPECT_THAT(problems, ElementsAre("0/a/b"));
}

TEST(Glob, MeansWhatTheShellMeans) {
  EXPECT_TRUE(matches_glob("", ""));
  EXPECT_TRUE(matches_glob("*", ""));
  EXPECT_TRUE(matches_glob("*.conf", "a.conf.conf"));
  EXPECT_FALSE(matches_glob("*.conf", "a.conf.bak"));
  EXPECT_TRUE(matches_glob("a*b*c", "aXbYbZc"));
  EXPECT_FALSE(matches_glob("a*b*c", "aXcYb"));
  EXPECT_TRUE(matches_glob("?", "é"));
  EXPECT_FALSE(matches_glob("??", "é"));
  EXPECT_TRUE(matches_glob("[a-c]x", "bx"));
  EXPECT_FALSE(matches_glob("[!a-c]x", "bx"));
  EXPECT_TRUE(matches_glob("[]]", "]"));
  EXPECT_TRUE(matches_glob("[a-]", "-"));
  EXPECT_TRUE(matches_glob("[", "["));
  EXPECT_TRUE(matches_glob("\\*", "*"));
  EXPECT_FALSE(matches_glob("\\*", "a"));
  EXPECT_FALSE(matches_glob("abc", "ab"));
  EXPECT_FALSE(matches_glob("ab", "abc"));
}

TEST(Glob, ManyStarsTakeNoLongerThanThePatternTimesTheName) {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "a*";
  EXPECT_FALSE(matches_glob(pattern + "b", std::string(5000, 'a')));
}

}  // namespace
}  // namespace salvor::snapshot
