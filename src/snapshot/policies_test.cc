#include "snapshot/policies.h"

#include <gmock/gmock.h>

namespace salvor::snapshot {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;

struct StoredPolicies : ::testing::Test {
  void add(const std::string& kind, const Source& target, const std::string& json) {
    repo::Labels labels{{"type", "policy"}, {"policyType", kind}};
    if (!target.host.empty()) labels["hostname"] = target.host;
    if (!target.user.empty()) labels["username"] = target.user;
    if (!target.path.empty()) labels["path"] = target.path;
    manifests.merge(
        {.id = "id" + std::to_string(++count), .labels = labels, .modified = Time(Duration(count)), .data = json});
  }
  static std::string ignoring(const std::string& rule) { return R"({"files":{"ignore":[")" + rule + R"("]}})"; }
  std::string rule_of(const Source& source) {
    const auto effective = Policies(manifests).effective(source);
    if (!effective.ok()) return std::string(to_string(effective.error().code()));
    return effective->policy.ignore.empty() ? "none" : effective->policy.ignore[0];
  }

  repo::ManifestSet manifests;
  int count = 0;
};

TEST_F(StoredPolicies, OfThePathComeBeforeThoseAboveItTheUserTheHostAndAll) {
  const Source source{"h", "u", "/a/b/c"};
  EXPECT_EQ(rule_of(source), "none");
  const std::vector<std::pair<std::string, Source> > nearer{{"global", {}},
                                                            {"host", {"h", "", ""}},
                                                            {"user", {"h", "u", ""}},
                                                            {"path", {"h", "u", "/"}},
                                                            {"path", {"h", "u", "/a"}},
                                                            {"path", {"h", "u", "/a/b/c"}}};
  for (const auto& [kind, target] : nearer) {
    add(kind, target, ignoring(to_string(target)));
    EXPECT_EQ(rule_of(source), to_string(target));
  }
  EXPECT_EQ(rule_of({"h", "u", "/b"}), "u@h:/");
  EXPECT_EQ(rule_of({"h", "other", "/a"}), "@h");
  EXPECT_EQ(rule_of({"other", "u", "/a"}), "(global)");
  EXPECT_EQ(rule_of({"h", "u", ""}), "u@h");
  EXPECT_EQ(rule_of({"h", "", ""}), "@h");
  EXPECT_EQ(rule_of({}), "(global)");
}

TEST_F(StoredPolicies, OfOnePathTwiceCountFromTheOlderOn) {
  add("path", {"h", "u", "/a"}, ignoring("old"));
  add("path", {"h", "u", "/a"}, ignoring("new"));
  EXPECT_EQ(rule_of({"h", "u", "/a"}), "old");
}

TEST_F(StoredPolicies, OfDirectoriesBelowASourceAreKnownByTheirWay) {
  add("path", {"h", "u", "/a/b"}, "{}");
  add("path", {"h", "u", "/a/c/d"}, "{}");
  add("path", {"h", "u", "/ab"}, "{}");
  add("path", {"h", "u", "/a"}, "{}");
  add("path", {"h", "v", "/a/e"}, "{}");
  EXPECT_THAT(*Policies(manifests).below({"h", "u", "/a"}), ElementsAre(Key("b"), Key("c/d")));
  EXPECT_THAT(*Policies(manifests).below({"h", "u", "/"}), ElementsAre(Key("a"), Key("a/b"), Key("a/c/d"), Key("ab")));
}

TEST_F(StoredPolicies, ThatAreDamagedAreErrorsOnlyForWhomTheyAreFor) {
  add("path", {"h", "u", "/a"}, R"({"files":5})");
  EXPECT_EQ(rule_of({"h", "u", "/b"}), "none");
  EXPECT_EQ(rule_of({"h", "u", "/a/b"}), "corrupt");
  EXPECT_THAT(Policies(manifests).effective({"h", "u", "/a"}).error().message(), HasSubstr("policy id1 of u@h:/a"));
  EXPECT_FALSE(Policies(manifests).below({"h", "u", "/"}).ok());
}

}  // namespace
}  // namespace salvor::snapshot
