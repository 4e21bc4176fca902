#include "restore/modifiers.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace salvor::restore {
namespace {

Json claim() {
  return Json::parse(
      R"({"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"mysql-0","namespace":"foo",
    "labels":{"app":"db"}},"spec":{"storageClassName":"premium","accessModes":["ReadWriteOnce"],"size":1}})");
}

std::string with(const std::string& conditions, const std::string& patches) {
  return "version: v1\nresourceModifierRules:\n- conditions: {groupResource: persistentvolumeclaims" + conditions +
         "}\n  " + patches + "\n";
}

Json applied(const std::string& yaml, std::string_view group_resource = "persistentvolumeclaims") {
  const auto modifiers = Modifiers::parse(yaml);
  EXPECT_TRUE(modifiers.ok()) << modifiers.error().message();
  Json object = claim();
  const auto errors = modifiers->apply(object, group_resource);
  EXPECT_TRUE(errors.empty()) << errors.front().message();
  return object;
}

constexpr const char* kReplace = "patches: [{operation: replace, path: /spec/storageClassName, value: standard}]";

bool was_applied(const std::string& conditions) {
  return applied(with(conditions, kReplace))["spec"]["storageClassName"] == "standard";
}

TEST(ModifierConditions, SelectObjects) {
  EXPECT_TRUE(was_applied(""));
  EXPECT_TRUE(was_applied(", namespaces: [bar, foo]"));
  EXPECT_FALSE(was_applied(", namespaces: [bar]"));
  EXPECT_TRUE(was_applied(", resourceNameRegex: \"^mysql.*$\""));
  EXPECT_TRUE(was_applied(", resourceNameRegex: \"sql\""));
  EXPECT_FALSE(was_applied(", resourceNameRegex: \"^sql\""));
  EXPECT_TRUE(was_applied(", labelSelector: {matchLabels: {app: db}}"));
  EXPECT_FALSE(was_applied(", labelSelector: {matchLabels: {app: web}}"));
  EXPECT_TRUE(was_applied(", matches: [{path: /spec/storageClassName, value: premium}]"));
  EXPECT_FALSE(was_applied(", matches: [{path: /spec/storageClassName, value: basic}]"));
  EXPECT_FALSE(was_applied(", matches: [{path: /spec/absent/deeper, value: basic}]"));
  EXPECT_TRUE(was_applied(", matches: [{path: /spec/size, value: 1}]"));
}

TEST(ModifierConditions, HaveGlobsThatStopAtDots) {
  const auto fits = [](const std::string& glob, std::string_view name) {
    const std::string yaml =
        "version: v1\nresourceModifierRules:\n- conditions: {groupResource: \"" + glob + "\"}\n  " + kReplace;
    return applied(yaml, name)["spec"]["storageClassName"] == "standard";
  };
  EXPECT_TRUE(fits("*", "pods"));
  EXPECT_FALSE(fits("*", "deployments.apps"));
  EXPECT_TRUE(fits("*.apps", "deployments.apps"));
  EXPECT_TRUE(fits("**", "deployments.apps"));
  EXPECT_TRUE(fits("{pods,deployments.apps}", "deployments.apps"));
  EXPECT_FALSE(fits("pods", "podsecurity"));
}

TEST(ModifierPatches, TakeTheirValuesAsVeleroReadsThem) {
  const auto value = [](const std::string& text) {
    return applied(with("", "patches: [{operation: add, path: /spec/it, value: " + text + "}]"))["spec"]["it"];
  };
  EXPECT_EQ(value("plain"), "plain");
  EXPECT_EQ(value("\"5\""), 5);
  EXPECT_EQ(value("5"), 5);
  EXPECT_EQ(value("true"), true);
  EXPECT_EQ(value("'\"true\"'"), "true");
  EXPECT_EQ(value("'null'"), nullptr);
  EXPECT_EQ(value("'{\"a\":[1]}'"), Json::parse(R"({"a":[1]})"));
  EXPECT_EQ(value("'[1,2]'"), Json::parse("[1,2]"));
  EXPECT_EQ(value("\"\""), "");
}

TEST(ModifierPatches, OfAllThreeKindsChangeTheObject) {
  EXPECT_EQ(applied(with("", "patches: [{operation: remove, path: /spec/storageClassName}]"))["spec"].count(
                "storageClassName"),
            0U);
  EXPECT_EQ(
      applied(with(
          "", "mergePatches: [{patchData: '{\"metadata\":{\"labels\":{\"app\":null,\"new\":\"1\"}}}'}]"))["metadata"]
                                                                                                         ["labels"],
      Json::parse(R"({"new":"1"})"));
  EXPECT_EQ(
      applied(with(
          "", "strategicPatches: [{patchData: \"spec:\\n  accessModes: [ReadWriteMany]\"}]"))["spec"]["accessModes"],
      Json::parse(R"(["ReadWriteMany"])"));
}

TEST(ModifierPatches, WhoseTestFailsLeaveTheObjectAlone) {
  EXPECT_EQ(applied(with("",
                         "patches: [{operation: remove, path: /spec/size}, {operation: test, path: "
                         "/spec/storageClassName, value: x}]")),
            claim());
}

TEST(ModifierRules, MatchTheObjectAsItWasBeforeTheFirst) {
  const std::string yaml =
      "version: v1\nresourceModifierRules:\n"
      "- conditions: {groupResource: persistentvolumeclaims, matches: [{path: /spec/storageClassName, value: "
      "premium}]}\n"
      "  patches: [{operation: replace, path: /spec/storageClassName, value: standard}]\n"
      "- conditions: {groupResource: persistentvolumeclaims, matches: [{path: /spec/storageClassName, value: "
      "premium}]}\n"
      "  patches: [{operation: add, path: /spec/second, value: was-here}]\n";
  const Json object = applied(yaml);
  EXPECT_EQ(object["spec"]["storageClassName"], "standard");
  EXPECT_EQ(object["spec"]["second"], "was-here");
}

TEST(ModifierRules, ThatFailAreReportedAndChangeNothing) {
  const auto modifiers = Modifiers::parse(
      with("", "patches: [{operation: remove, path: /spec/size}, {operation: remove, path: /spec/absent}]"));
  ASSERT_TRUE(modifiers.ok());
  Json object = claim();
  EXPECT_EQ(modifiers->apply(object, "persistentvolumeclaims").size(), 1U);
  EXPECT_EQ(object, claim());
}

TEST(ModifierRules, OfStrategicPatchesFailForCustomKinds) {
  const auto modifiers = Modifiers::parse(with("", "strategicPatches: [{patchData: '{}'}]"));
  ASSERT_TRUE(modifiers.ok());
  Json object = Json::parse(R"({"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"w"}})");
  EXPECT_EQ(modifiers->apply(object, "persistentvolumeclaims").size(), 1U);
}

TEST(Modifiers, AreRefusedForWhatVeleroRefuses) {
  for (const std::string& yaml : {
           std::string("version: v2\nresourceModifierRules: [{conditions: {groupResource: a}, patches: [{operation: "
                       "remove, path: /a}]}]"),
           std::string("version: v1"),
           std::string("version: v1\nresourceModifierRules: []"),
           std::string(
               "version: v1\nresourceModifierRules: [{conditions: {}, patches: [{operation: remove, path: /a}]}]"),
           std::string("version: v1\nunknown: 1\nresourceModifierRules: [{conditions: {groupResource: a}}]"),
           with("", "patches: [{operation: invent, path: /a}]"),
           with("", "patches: [{operation: add, value: b}]"),
           with("", "patches: [{path: /a}]"),
           with("", "patches: [{operation: remove, path: /a}]\n  mergePatches: [{patchData: '{}'}]"),
           with("", "patch: []"),
           with(", resourceNameRegex: '('", kReplace),
           with(", matches: [{value: x}]", kReplace),
           std::string(": not yaml"),
       }) {
    EXPECT_FALSE(Modifiers::parse(yaml).ok()) << yaml;
  }
}

TEST(Modifiers, ComeFromAConfigMapWithOneKey) {
  const std::string yaml = with("", kReplace);
  EXPECT_TRUE(Modifiers::from_config_map({{"data", {{"rules.yaml", yaml}}}}).ok());
  EXPECT_FALSE(Modifiers::from_config_map({{"data", {{"a", yaml}, {"b", yaml}}}}).ok());
  EXPECT_FALSE(Modifiers::from_config_map({{"metadata", {{"name", "m"}}}}).ok());
}

}  // namespace
}  // namespace salvor::restore
