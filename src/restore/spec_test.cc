#include "restore/spec.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "restore/order.h"

namespace salvor::restore {
namespace {

Json manifest(const char* spec) {
  return {
      {"apiVersion", "velero.io/v1"}, {"kind", "Restore"}, {"metadata", {{"name", "r"}}}, {"spec", Json::parse(spec)}};
}

TEST(RestoreManifest, SurvivesBeingReadAndWritten) {
  const Json document = manifest(R"({"backupName":"b","includedNamespaces":["a","b"],"excludedNamespaces":["c"],
    "includedResources":["pods"],"excludedResources":["secrets"],"namespaceMapping":{"a":"x"},
    "labelSelector":{"matchLabels":{"app":"web"}},"restorePVs":false,
    "restoreStatus":{"includedResources":["*"],"excludedResources":["pods"]},"preserveNodePorts":true,
    "includeClusterResources":true,"hooks":{"resources":[{"name":"h"}]},"existingResourcePolicy":"update",
    "itemOperationTimeout":"4h0m0s","resourceModifier":{"apiGroup":"","kind":"configmap","name":"m"},
    "uploaderConfig":{"parallelFilesDownload":4}})");
  const auto parsed = parse_restore(document);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  EXPECT_EQ(to_json(*parsed), document);
  EXPECT_EQ(parsed->spec.policy(), ExistingPolicy::update);
  EXPECT_EQ(parsed->spec.mapped("a"), "x");
  EXPECT_EQ(parsed->spec.mapped("b"), "b");
}

TEST(RestoreManifest, RefusesAMisspeltFilter) {
  const auto parsed = parse_restore(manifest(R"({"backupName":"b","includeNamespaces":["a"]})"));
  ASSERT_FALSE(parsed.ok());
  EXPECT_NE(parsed.error().message().find("includeNamespaces"), std::string::npos);
}

TEST(RestoreManifest, RefusesWrongTypesAndOtherKinds) {
  for (const char* spec : {R"({"backupName":5})", R"({"includedNamespaces":"a"})", R"({"includedNamespaces":[1]})",
                           R"({"restorePVs":"yes"})", R"({"namespaceMapping":{"a":1}})", R"({"orLabelSelectors":{}})",
                           R"({"labelSelector":{"matchExpressions":[{"key":"a","operator":"Near"}]}})",
                           R"({"itemOperationTimeout":"soon"})"}) {
    EXPECT_FALSE(parse_restore(manifest(spec)).ok()) << spec;
  }
  Json backup = manifest("{}");
  backup["kind"] = "Backup";
  EXPECT_FALSE(parse_restore(backup).ok());
  EXPECT_FALSE(parse_restore(Json::array()).ok());
}

TEST(RestoreSpec, IsRefusedForWhatVeleroRefuses) {
  const auto problems = [](const char* spec) { return validate(parse_restore(manifest(spec)).value().spec); };
  EXPECT_TRUE(problems(R"({"backupName":"b"})").empty());
  EXPECT_TRUE(problems(R"({"scheduleName":"s","existingResourcePolicy":"none"})").empty());
  for (
      const char* spec : {
          R"({})",
          R"({"backupName":"b","scheduleName":"s"})",
          R"({"backupName":"b","includedResources":["nodes"]})",
          R"({"backupName":"b","includedResources":["restores.velero.io"]})",
          R"({"backupName":"b","includedResources":["*","pods"]})",
          R"({"backupName":"b","excludedResources":["*"]})",
          R"({"backupName":"b","includedNamespaces":["a"],"excludedNamespaces":["a"]})",
          R"({"backupName":"b","labelSelector":{"matchLabels":{"a":"b"}},"orLabelSelectors":[{"matchLabels":{"a":"b"}}]})",
          R"({"backupName":"b","existingResourcePolicy":"replace"})",
      }) {
    EXPECT_EQ(problems(spec).size(), 1U) << spec;
  }
}

kube::Discovery discovery() {
  kube::Discovery found;
  const auto add = [&](const char* group, const char* plural, const char* kind, const char* short_name) {
    kube::Resource resource;
    resource.group = group, resource.version = "v1", resource.plural = plural, resource.kind = kind;
    resource.short_names = {short_name};
    found.resources.push_back(resource);
  };
  add("", "pods", "Pod", "po");
  add("", "secrets", "Secret", "");
  add("apps", "deployments", "Deployment", "deploy");
  add("apiextensions.k8s.io", "customresourcedefinitions", "CustomResourceDefinition", "crd");
  return found;
}

TEST(RestoreOrder, PutsDefinitionsFirstAndTheUnnamedInTheMiddleByName) {
  const auto priorities = Priorities::parse("secrets,po,-,deploy");
  ASSERT_TRUE(priorities.ok());
  EXPECT_EQ(restore_order(
                {"deployments.apps", "z.example.com", "pods", "secrets", "a.example.com", std::string(kDefinitions)},
                *priorities, discovery()),
            (std::vector<std::string>{std::string(kDefinitions), "secrets", "pods", "a.example.com", "z.example.com",
                                      "deployments.apps"}));
}

TEST(RestoreOrder, OfTheStandardPutsClaimsBeforePodsAndWorkloadsAfter) {
  const auto order = restore_order({"pods", "deployments.apps", "persistentvolumeclaims", "namespaces", "services",
                                    "clusters.cluster.x-k8s.io", "zebras.example.com"},
                                   Priorities::standard(), discovery());
  EXPECT_EQ(order, (std::vector<std::string>{"namespaces", "persistentvolumeclaims", "pods", "services",
                                             "deployments.apps", "zebras.example.com", "clusters.cluster.x-k8s.io"}));
}

TEST(Priorities, RefuseASecondDash) { EXPECT_FALSE(Priorities::parse("a,-,b,-,c").ok()); }

}  // namespace
}  // namespace salvor::restore
