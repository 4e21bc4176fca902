#include "restore/plan.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "restore/restore_testing.h"

namespace salvor::restore {
namespace {

using testing::make;
using testing::MemoryArchive;
using testing::MemoryCluster;

// A restore of what `archive` holds into what `cluster` is.
struct World {
  MemoryArchive archive;
  MemoryCluster cluster;
  Request request;

  World() {
    request.name = "r";
    request.spec.backup = "b";
  }
  Plan plan() {
    SeededRng rng(1);
    auto made = make_plan(request, archive, cluster, rng, {}, Log::none(), {});
    EXPECT_TRUE(made.ok()) << made.error().message();
    return std::move(made).value();
  }
  // "+secrets team/db" and so on, in the plan's order; unchanged ones as "=".
  std::vector<std::string> lines() {
    std::vector<std::string> out;
    const Plan made = plan();
    for (const PlannedKind& kind : made.kinds) {
      for (const Entry& entry : kind.entries) {
        constexpr const char* kSigns = "+=!~-?";
        out.push_back(std::string(1, kSigns[static_cast<int>(entry.action)]) + kind.section.group_resource + " " +
                      (entry.ns.empty() ? "" : entry.ns + "/") + entry.name);
      }
    }
    return out;
  }
};

using Lines = std::vector<std::string>;

Json secret(const std::string& ns, const std::string& name, const std::string& value) {
  return make("v1", "Secret", ns, name, {{"type", "Opaque"}, {"data", {{"k", value}}}});
}

TEST(Plan, TellsForEveryObjectWhatWillHappen) {
  World world;
  world.archive.add(secret("team", "new", "YQ=="));
  world.archive.add(secret("team", "same", "YQ=="));
  world.archive.add(secret("team", "other", "YQ=="));
  world.cluster.put(secret("team", "same", "YQ=="));
  world.cluster.put(secret("team", "other", "Yg=="));
  world.cluster.put(secret("team", "later", "Yg=="));
  world.cluster.put(secret("elsewhere", "unrelated", "Yg=="));
  EXPECT_EQ(world.lines(), (Lines{"=namespaces team", "?secrets team/later", "+secrets team/new", "!secrets team/other",
                                  "=secrets team/same"}));
}

// A large kind is read and listed at once. Extras come first in the list and are more than may be parked.
TEST(Plan, JoinsALargeKindInAnyOrder) {
  World world;
  const std::string value(8 << 10, 'Y');
  Counts expected{};
  const auto expect = [&](Action action) { ++expected[static_cast<std::size_t>(action)]; };
  for (int i = 0; i < 1500; ++i) {
    const std::string name = "o" + std::to_string(i);
    world.archive.add(secret("team", name, value));
    if (i % 7 == 0) {
      expect(Action::create);
    } else if (i % 5 == 0) {
      world.cluster.put(secret("team", name, value + "WFhY"));
      expect(Action::differs);
    } else {
      world.cluster.put(secret("team", name, value));
      expect(Action::unchanged);
    }
  }
  for (int i = 0; i < 700; ++i) {
    world.cluster.put(secret("team", (i % 2 == 0 ? "a" : "z") + std::to_string(i), value));
    expect(Action::extra);
  }
  for (int repetition = 0; repetition < 3; ++repetition) {
    const Plan plan = world.plan();
    EXPECT_EQ(plan.kinds.back().section.group_resource, "secrets");
    EXPECT_EQ(plan.kinds.back().counts(), expected);
  }
}

TEST(Plan, ListsByNamespaceWhereListingAllIsForbidden) {
  World world;
  world.archive.add(secret("team", "same", "YQ=="));
  world.cluster.put(secret("team", "same", "YQ=="));
  world.cluster.set_fault([](std::string_view verb, std::string_view kind, std::string_view ns, std::string_view) {
    const bool everywhere = verb == "list" && kind == "secrets" && ns.empty();
    return everywhere ? std::optional(Error(Code::denied, "secrets is forbidden")) : std::nullopt;
  });
  EXPECT_EQ(world.lines(), (Lines{"=namespaces team", "=secrets team/same"}));
  EXPECT_TRUE(world.plan().unknowns.empty());
}

TEST(Plan, PatchesWhatDiffersUnderTheUpdatePolicy) {
  World world;
  world.request.spec.existing_policy = "update";
  world.archive.add(secret("team", "other", "YQ=="));
  world.archive.add(secret("team", "same", "YQ=="));
  world.cluster.put(secret("team", "other", "Yg=="));
  world.cluster.put(secret("team", "same", "YQ=="));
  EXPECT_EQ(world.lines(), (Lines{"=namespaces team", "~secrets team/other", "~secrets team/same"}));
  const Plan plan = world.plan();
  const Entry& other = plan.kinds.back().entries.front();
  ASSERT_EQ(other.changes.size(), 1U);
  EXPECT_EQ(other.changes.front().path, "data.k");
  EXPECT_EQ(plan.kinds.back().entries.back().reason, "the labels of this restore");
}

TEST(Plan, DoesNotCountWhatTheClusterFilledIn) {
  World world;
  Json service = make("v1", "Service", "team", "web",
                      {{"spec",
                        {{"type", "NodePort"},
                         {"clusterIP", "10.9.9.9"},
                         {"ports", {{{"port", 80}, {"protocol", "TCP"}, {"nodePort", 30001}}}}}}});
  Json pod =
      make("v1", "Pod", "team", "p",
           {{"spec", {{"nodeName", "old"}, {"containers", {{{"name", "c"}}}}}}, {"status", {{"phase", "Running"}}}});
  world.archive.add(service);
  world.archive.add(pod);
  service["spec"]["clusterIP"] = "10.1.1.1";
  service["spec"]["ports"][0]["nodePort"] = 31111;
  pod["spec"]["nodeName"] = "new";
  pod["status"]["phase"] = "Pending";
  world.cluster.put(service);
  world.cluster.put(pod);
  EXPECT_EQ(world.lines(), (Lines{"=namespaces team", "=pods team/p", "=services team/web"}));
}

TEST(Plan, LeavesOutWhatNoRestoreWrites) {
  World world;
  world.archive.add(make("v1", "Node", "", "n1"));
  world.archive.add(make("v1", "Pod", "team", "done", {{"status", {{"phase", "Succeeded"}}}}));
  world.cluster.put(make("v1", "Namespace", "", "team"));
  EXPECT_EQ(world.lines(), (Lines{"-pods team/done"}));
}

TEST(Plan, FollowsFilters) {
  World world;
  for (const char* ns : {"a", "b"}) {
    world.archive.add(secret(ns, "s", "YQ=="));
    world.archive.add(make("v1", "ConfigMap", ns, "c", {{"metadata", {{"labels", {{"app", ns}}}}}}));
  }
  world.archive.add(make("rbac.authorization.k8s.io/v1", "ClusterRole", "", "admin"));
  EXPECT_EQ(world.lines().size(), 7U);  // two of each, two namespaces, the role
  world.request.spec.included_namespaces = {"a"};
  EXPECT_EQ(world.lines(), (Lines{"+namespaces a", "+secrets a/s", "+configmaps a/c"}));
  world.request.spec.include_cluster_resources = true;
  EXPECT_EQ(world.lines().size(), 4U);
  world.request.spec.include_cluster_resources = std::nullopt;
  world.request.spec.excluded_resources = {"secrets"};
  EXPECT_EQ(world.lines(), (Lines{"+namespaces a", "+configmaps a/c"}));
  world.request.spec.included_namespaces = {};
  world.request.spec.label_selector = *kube::parse_label_selector("app=b");
  EXPECT_EQ(world.lines(), (Lines{"+namespaces b", "+configmaps b/c"}));
}

TEST(Plan, BringsWhatAPodNeeds) {
  World world;
  world.request.spec.included_namespaces = {"team"};
  world.request.spec.label_selector = *kube::parse_label_selector("app=web");
  world.archive.add(
      make("v1", "Pod", "team", "p",
           {{"metadata", {{"labels", {{"app", "web"}}}}},
            {"spec",
             {{"priorityClassName", "high"}, {"volumes", {{{"persistentVolumeClaim", {{"claimName", "data"}}}}}}}}}));
  for (const char* name : {"data", "unused"}) {
    world.archive.add(make("v1", "PersistentVolumeClaim", "team", name,
                           {{"spec", {{"volumeName", std::string("pv-") + name}}}, {"status", {{"phase", "Bound"}}}}));
    world.archive.add(make("v1", "PersistentVolume", "", std::string("pv-") + name,
                           {{"spec", {{"persistentVolumeReclaimPolicy", "Retain"}}}}));
  }
  world.archive.add(make("scheduling.k8s.io/v1", "PriorityClass", "", "high"));
  EXPECT_EQ(world.lines(), (Lines{"+namespaces team", "+persistentvolumes pv-data", "+persistentvolumeclaims team/data",
                                  "+priorityclasses.scheduling.k8s.io high", "+pods team/p"}));
}

TEST(Plan, WarnsOfNeededObjectsThatTheBackupLacks) {
  World world;
  world.archive.add(
      make("v1", "Pod", "team", "p", {{"spec", {{"volumes", {{{"persistentVolumeClaim", {{"claimName", "x"}}}}}}}}}));
  const Plan plan = world.plan();
  ASSERT_EQ(plan.warnings.size(), 1U);
  EXPECT_EQ(plan.warnings.front().ns, "team");
}

TEST(Plan, ProvisionsClaimsAnewWhoseVolumeWentWithThem) {
  World world;
  world.archive.add(
      make("v1", "PersistentVolume", "", "pv", {{"spec", {{"persistentVolumeReclaimPolicy", "Delete"}}}}));
  world.archive.add(make("v1", "PersistentVolumeClaim", "team", "c", {{"spec", {{"volumeName", "pv"}}}}));
  EXPECT_EQ(world.lines(), (Lines{"+namespaces team", "-persistentvolumes pv", "+persistentvolumeclaims team/c"}));
  EXPECT_TRUE(world.plan().rules.provisioned_anew.contains("pv"));
}

TEST(Plan, ComparesMappedNamespacesUnderTheirNewName) {
  World world;
  world.request.spec.namespace_mapping = {{"old", "new"}};
  world.archive.add(secret("old", "s", "YQ=="));
  world.cluster.put(secret("new", "s", "YQ=="));
  world.cluster.put(secret("old", "s", "Yg=="));
  EXPECT_EQ(world.lines(), (Lines{"=namespaces old", "=secrets old/s"}));
}

TEST(Plan, KnowsKindsThatTheRestoreItselfDefines) {
  World world;
  world.archive.add(make("example.com/v1", "Widget", "team", "w"));
  EXPECT_EQ(world.lines(), (Lines{"-widgets.example.com team/w"}));
  EXPECT_TRUE(world.plan().kinds.front().entries.front().broken);
  world.archive.add(make("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "widgets.example.com"));
  EXPECT_EQ(world.lines(), (Lines{"+customresourcedefinitions.apiextensions.k8s.io widgets.example.com",
                                  "+namespaces team", "+widgets.example.com team/w"}));
}

TEST(Plan, MergesServiceAccounts) {
  World world;
  world.archive.add(make("v1", "ServiceAccount", "team", "a", {{"imagePullSecrets", {{{"name", "p"}}}}}));
  world.archive.add(make("v1", "ServiceAccount", "team", "default"));
  world.cluster.put(make("v1", "ServiceAccount", "team", "a"));
  world.cluster.put(make("v1", "ServiceAccount", "team", "default", {{"imagePullSecrets", {{{"name", "live"}}}}}));
  EXPECT_EQ(world.lines(), (Lines{"=namespaces team", "~serviceaccounts team/a", "=serviceaccounts team/default"}));
}

TEST(Plan, CountsExtrasOfControllersWithoutListingThem) {
  World world;
  world.archive.add(secret("team", "s", "YQ=="));
  world.cluster.put(
      make("v1", "Pod", "team", "owned", {{"metadata", {{"ownerReferences", {{{"controller", true}}}}}}}));
  world.cluster.put(make("v1", "Pod", "team", "lone"));
  EXPECT_EQ(world.lines(), (Lines{"=namespaces team", "+secrets team/s", "?pods team/lone"}));
  EXPECT_EQ(world.plan().counts()[static_cast<std::size_t>(Action::extra)], 2U);
}

TEST(Plan, DoesNotListWhatEveryClusterHasOfItsOwn) {
  World world;
  world.archive.add(make("rbac.authorization.k8s.io/v1", "ClusterRole", "", "mine"));
  world.cluster.put(make("rbac.authorization.k8s.io/v1", "ClusterRole", "", "view",
                         {{"metadata", {{"labels", {{"kubernetes.io/bootstrapping", "rbac-defaults"}}}}}}));
  world.cluster.put(make("scheduling.k8s.io/v1", "PriorityClass", "", "system-node-critical"));
  EXPECT_EQ(world.lines(), (Lines{"+clusterroles.rbac.authorization.k8s.io mine"}));
}

TEST(Plan, SaysWhatItCouldNotLookAt) {
  World world;
  world.archive.add(secret("team", "s", "YQ=="));
  world.cluster.put(make("v1", "Namespace", "", "team"));
  world.cluster.set_fault([](auto verb, auto kind, auto, auto) -> std::optional<Error> {
    if (verb == "list" && kind == "secrets") return Error(Code::denied, "no");
    return std::nullopt;
  });
  const Plan plan = world.plan();
  ASSERT_FALSE(plan.unknowns.empty());
  EXPECT_NE(plan.unknowns.front().find("secrets cannot be listed"), std::string::npos);
}

TEST(Plan, NeverAsksForSingleObjects) {
  World world;
  for (int i = 0; i < 50; ++i) {
    world.archive.add(secret("team", "s" + std::to_string(i), "YQ=="));
    world.cluster.put(secret("team", "s" + std::to_string(i), i % 2 == 0 ? "YQ==" : "Yg=="));
  }
  world.plan();
  EXPECT_EQ(world.cluster.requests()["get"], 0);
}

TEST(Plan, ReportsABrokenObjectAndPlansTheRest) {
  World world;
  world.archive.add(make("v1", "ConfigMap", "team", "good"));
  world.archive.add_text({.group_resource = "configmaps", .version = "v1", .kind = "ConfigMap", .namespaced = true},
                         "team", "bad", "{\"metadata\":");
  EXPECT_EQ(world.lines(), (Lines{"+namespaces team", "-configmaps team/bad", "+configmaps team/good"}));
}

TEST(Plan, PrintsWithoutSecretsAndInJson) {
  World world;
  world.archive.add(secret("team", "s", "c2VjcmV0"));
  world.cluster.put(secret("team", "s", "b3RoZXI="));
  const Plan plan = world.plan();
  const std::string text = print_plan(plan, true) + to_json(plan).dump();
  EXPECT_NE(text.find("! secrets team/s"), std::string::npos);
  EXPECT_NE(text.find("data.k"), std::string::npos);
  EXPECT_EQ(text.find("c2Vjcm"), std::string::npos);
  EXPECT_EQ(text.find("b3RoZX"), std::string::npos);
  EXPECT_EQ(to_json(plan)["counts"]["differs"], 1);
}

}  // namespace
}  // namespace salvor::restore
