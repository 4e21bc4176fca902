#include "backup/resource_policy.h"

#include <gmock/gmock.h>

namespace salvor::backup {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ResourcePolicy, ReadsWhatIsIncludedAndExcludedByScope) {
  const auto policy = parse_resource_policy(R"(
version: v1
volumePolicies:
- conditions: {storageClass: [fast]}
  action: {type: skip}
includeExcludePolicy:
  includedClusterScopedResources: [storageclasses]
  excludedClusterScopedResources: [nodes]
  includedNamespaceScopedResources: [configmaps]
  excludedNamespaceScopedResources: [secrets, events]
)");
  ASSERT_TRUE(policy.ok()) << policy.error().message();
  ASSERT_TRUE(policy->has_value());
  EXPECT_THAT((*policy)->included_cluster_scoped_resources, ElementsAre("storageclasses"));
  EXPECT_THAT((*policy)->excluded_cluster_scoped_resources, ElementsAre("nodes"));
  EXPECT_THAT((*policy)->included_namespace_scoped_resources, ElementsAre("configmaps"));
  EXPECT_THAT((*policy)->excluded_namespace_scoped_resources, ElementsAre("secrets", "events"));
}

TEST(ResourcePolicy, OneAboutVolumesAloneSaysNothingOfResources) {
  const auto policy = parse_resource_policy("version: v1\nvolumePolicies: []\n");
  ASSERT_TRUE(policy.ok());
  EXPECT_FALSE(policy->has_value());
}

TEST(ResourcePolicy, RefusesWhatIsNoPolicyAndNamesTheField) {
  const std::pair<std::string, std::string> cases[] = {
      {"- a\n", "not a mapping"},
      {"version: v2\n", "version"},
      {"{}\n", "version"},
      {"version: v1\nincludeExclude: {}\n", "includeExclude"},
      {"version: v1\nincludeExcludePolicy: {includedResources: [pods]}\n", "includedResources"},
      {"version: v1\nincludeExcludePolicy: {excludedNamespaceScopedResources: pods}\n", "not a list"},
      {"version: v1\nincludeExcludePolicy: {excludedNamespaceScopedResources: [1]}\n", "not a name"},
      {"version: v1\nincludeExcludePolicy: []\n", "not a mapping"},
      {"version: [\n", ""},
  };
  for (const auto& [yaml, reason] : cases) {
    const auto policy = parse_resource_policy(yaml);
    ASSERT_FALSE(policy.ok()) << yaml;
    EXPECT_EQ(policy.error().code(), Code::invalid) << yaml;
    EXPECT_THAT(policy.error().message(), HasSubstr(reason)) << yaml;
  }
}

}  // namespace
}  // namespace salvor::backup
