#include "restore/apply.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>

#include "restore/restore_testing.h"

namespace salvor::restore {
namespace {

using namespace std::chrono_literals;
using testing::make;
using testing::MemoryArchive;
using testing::MemoryCluster;

struct World {
  MemoryArchive archive;
  MemoryCluster cluster;
  Request request;
  FakeClock clock;
  backup::Results results{Log::none()};
  ApplyOptions options;

  World() {
    request.name = "r";
    request.spec.backup = "b";
    options.workers = 4;
  }

  Plan plan() {
    SeededRng rng(1);
    auto made = make_plan(request, archive, cluster, rng, {}, Log::none(), {});
    EXPECT_TRUE(made.ok()) << made.error().message();
    return std::move(made).value();
  }
  Result<std::vector<Written>> apply_plan(const Plan& plan) {
    Progress progress;
    return apply(plan, request, archive, cluster, clock, options, results, progress, Log::none(), {});
  }
  void restore() {
    const auto done = apply_plan(plan());
    EXPECT_TRUE(done.ok()) << done.error().message();
  }
  // Fails the first `times` requests of a verb for a kind.
  void fail(const std::string& verb, const std::string& kind, int times, Code code, const std::string& message) {
    auto left = std::make_shared<std::atomic<int>>(times);
    cluster.set_fault([=](auto v, auto k, auto, auto) -> std::optional<Error> {
      if (v != verb || k != kind || left->fetch_sub(1) <= 0) return std::nullopt;
      return Error(code, message);
    });
  }
};

Json secret(const std::string& name, const std::string& value = "YQ==", const std::string& ns = "team") {
  return make("v1", "Secret", ns, name, {{"type", "Opaque"}, {"data", {{"k", value}}}});
}

// A bit of everything that has a rule.
void fill(MemoryArchive& archive) {
  archive.add(make("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "widgets.example.com"));
  archive.add(make("v1", "Namespace", "", "team", {{"metadata", {{"labels", {{"env", "prod"}}}}}}));
  archive.add(make("v1", "Namespace", "", "empty"));
  for (int i = 0; i < 40; ++i) archive.add(secret("s" + std::to_string(i)));
  archive.add(
      make("example.com/v1", "Widget", "team", "w",
           {{"status", {{"ready", true}}}, {"metadata", {{"annotations", {{"velero.io/restore-status", "true"}}}}}}));
  archive.add(make("v1", "Service", "team", "web",
                   {{"spec",
                     {{"type", "NodePort"},
                      {"clusterIP", "10.9.9.9"},
                      {"ports", {{{"port", 80}, {"protocol", "TCP"}, {"nodePort", 30001}}}}}}}));
  archive.add(make("v1", "Pod", "team", "p",
                   {{"spec",
                     {{"nodeName", "n"},
                      {"containers", {{{"name", "c"}}}},
                      {"volumes", {{{"name", "v"}, {"persistentVolumeClaim", {{"claimName", "claim"}}}}}}}},
                    {"status", {{"phase", "Running"}}}}));
  archive.add(make("v1", "Pod", "team", "done", {{"status", {{"phase", "Failed"}}}}));
  archive.add(make("v1", "PersistentVolume", "", "pv", {{"spec", {{"persistentVolumeReclaimPolicy", "Delete"}}}}));
  archive.add(make("v1", "PersistentVolumeClaim", "team", "claim",
                   {{"spec", {{"volumeName", "pv"}}}, {"status", {{"phase", "Bound"}}}}));
  archive.add(make("v1", "ServiceAccount", "team", "a", {{"secrets", {{{"name", "a-token-x"}}, {{"name", "mine"}}}}}));
  archive.add(
      make("batch/v1", "Job", "team", "j", {{"spec", {{"selector", {{"matchLabels", {{"controller-uid", "u"}}}}}}}}));
  archive.add(make("apps/v1", "Deployment", "team", "d", {{"spec", {{"replicas", 2}}}}));
}

TEST(Apply, WritesWhatThePlanSaysAndLeavesNothingToDo) {
  World world;
  fill(world.archive);
  world.restore();
  EXPECT_EQ(world.results.errors(), 0U) << world.results.to_json().dump(1);
  EXPECT_EQ(world.results.warnings(), 0U) << world.results.to_json().dump(1);
  EXPECT_TRUE(world.plan().nothing_to_do()) << print_plan(world.plan(), true);
  EXPECT_EQ(world.cluster.object("namespaces", "", "team")["metadata"]["labels"], Json({{"env", "prod"}}));
  const Json widget = world.cluster.object("widgets.example.com", "team", "w");
  EXPECT_EQ(widget["status"]["ready"], true);
  EXPECT_EQ(widget["metadata"]["labels"]["velero.io/restore-name"], "r");
  EXPECT_EQ(widget["metadata"]["labels"]["velero.io/backup-name"], "b");
  EXPECT_FALSE(world.cluster.object("persistentvolumeclaims", "team", "claim")["spec"].contains("volumeName"));
  EXPECT_TRUE(world.cluster.object("pods", "team", "done").is_null());
}

TEST(Apply, RunAgainWritesNothingAndAsksForNothing) {
  World world;
  fill(world.archive);
  world.restore();
  const auto before = world.cluster.requests();
  world.restore();
  auto after = world.cluster.requests();
  for (const char* verb : {"create", "patch", "patch_status", "get"}) {
    EXPECT_EQ(after[verb], before.contains(verb) ? before.at(verb) : 0) << verb;
  }
}

TEST(Apply, UnderTheUpdatePolicyLeavesNothingToDoEither) {
  World world;
  world.request.spec.existing_policy = "update";
  fill(world.archive);
  world.cluster.put(secret("s1", "Yg=="));
  world.cluster.put(secret("s2"));
  world.cluster.put(make("apps/v1", "Deployment", "team", "d", {{"spec", {{"replicas", 9}, {"paused", true}}}}));
  world.restore();
  EXPECT_EQ(world.cluster.object("secrets", "team", "s1")["data"]["k"], "YQ==");
  EXPECT_EQ(world.cluster.object("deployments.apps", "team", "d")["spec"], Json({{"replicas", 2}}));
  EXPECT_EQ(world.cluster.object("secrets", "team", "s2")["metadata"]["labels"]["velero.io/restore-name"], "r");
  EXPECT_TRUE(world.plan().nothing_to_do()) << print_plan(world.plan(), true);
}

TEST(Apply, LeavesWhatDiffersAloneAndWarns) {
  World world;
  world.archive.add(secret("s"));
  world.cluster.put(secret("s", "Yg=="));
  world.restore();
  EXPECT_EQ(world.cluster.object("secrets", "team", "s")["data"]["k"], "Yg==");
  EXPECT_EQ(world.results.warnings(), 1U);
  EXPECT_EQ(world.results.to_json()["warnings"]["namespaces"]["team"].size(), 1U);
}

TEST(Apply, ComparesAnObjectThatAppearedAfterThePlan) {
  World world;
  world.archive.add(secret("same"));
  world.archive.add(secret("other"));
  const Plan plan = world.plan();
  world.cluster.put(secret("same"));
  world.cluster.put(secret("other", "Yg=="));
  ASSERT_TRUE(world.apply_plan(plan).ok());
  EXPECT_EQ(world.results.warnings(), 1U);
  EXPECT_EQ(world.results.errors(), 0U);
}

TEST(Apply, MapsNamespaces) {
  World world;
  world.request.spec.namespace_mapping = {{"team", "copy"}};
  fill(world.archive);
  world.restore();
  EXPECT_TRUE(world.cluster.object("namespaces", "", "team").is_null());
  EXPECT_EQ(world.cluster.object("secrets", "copy", "s7")["metadata"]["namespace"], "copy");
  EXPECT_EQ(world.cluster.object("namespaces", "", "copy")["metadata"]["labels"], Json({{"env", "prod"}}));
  EXPECT_TRUE(world.plan().nothing_to_do()) << print_plan(world.plan(), true);
}

// ---- failures ----

struct FailureCase {
  const char* name;
  Code code;
  const char* message;
  int times;
  bool restored;
};

TEST(Apply, TriesAgainWhatTimeMayCureAndNothingElse) {
  for (const FailureCase& test : {
           FailureCase{"a webhook that is not up", Code::unavailable,
                       "failed calling webhook \"w\": connection refused", 3, true},
           FailureCase{"a conflict", Code::conflict, "the object has been modified", 1, true},
           FailureCase{"a deadline", Code::deadline, "timeout", 2, true},
           FailureCase{"a webhook that said no at first", Code::denied, "admission webhook \"w\" denied the request", 2,
                       true},
           FailureCase{"a quota that was being counted", Code::denied, "exceeded quota: q", 1, true},
           FailureCase{"a namespace on its way out", Code::denied, "forbidden because it is being terminated", 4, true},
           FailureCase{"an overloaded server", Code::throttled, "too many requests", 2, true},
           FailureCase{"a webhook that never comes up", Code::unavailable, "failed calling webhook", 1000, false},
           FailureCase{"a webhook that keeps saying no", Code::denied, "admission webhook denied the request", 1000,
                       false},
           FailureCase{"an invalid object", Code::invalid, "spec.x: Invalid value", 1, false},
           FailureCase{"a missing permission", Code::denied, "User \"u\" cannot create resource \"secrets\"", 1, false},
       }) {
    World world;
    world.archive.add(secret("s"));
    world.fail("create", "secrets", test.times, test.code, test.message);
    world.restore();
    EXPECT_EQ(!world.cluster.object("secrets", "team", "s").is_null(), test.restored) << test.name;
    EXPECT_EQ(world.results.errors(), test.restored ? 0U : 1U) << test.name;
  }
}

TEST(Apply, GoesOnWithTheOthersWhenOneObjectIsRefused) {
  World world;
  for (int i = 0; i < 20; ++i) world.archive.add(secret("s" + std::to_string(i)));
  world.fail("create", "secrets", 5, Code::invalid, "no");
  world.restore();
  EXPECT_EQ(world.results.errors(), 5U);
  EXPECT_EQ(world.cluster.size(), 16U);
}

TEST(Apply, StopsWhenNobodyWantsIt) {
  World world;
  world.archive.add(secret("s"));
  const Plan plan = world.plan();
  world.fail("create", "secrets", 1, Code::unauthenticated, "expired token");
  const auto done = world.apply_plan(plan);
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code(), Code::unauthenticated);
}

TEST(Apply, WaitsForAServerThatRestarts) {
  World world;
  fill(world.archive);
  const Plan plan = world.plan();
  auto asked = std::make_shared<std::atomic<int>>(0);
  world.cluster.set_fault([=](auto, auto, auto, auto) -> std::optional<Error> {
    const int n = asked->fetch_add(1);
    if (n < 20 || n > 60) return std::nullopt;
    return Error(Code::unavailable, "connection refused");
  });
  ASSERT_TRUE(world.apply_plan(plan).ok());
  world.cluster.set_fault({});
  EXPECT_EQ(world.results.errors(), 0U) << world.results.to_json().dump(1);
  EXPECT_TRUE(world.plan().nothing_to_do());
}

TEST(Apply, GivesUpOnAServerThatStaysAway) {
  World world;
  world.archive.add(secret("s"));
  const Plan plan = world.plan();
  world.cluster.set_fault(
      [](auto, auto, auto, auto) -> std::optional<Error> { return Error(Code::unavailable, "refused"); });
  const auto done = world.apply_plan(plan);
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code(), Code::unavailable);
}

TEST(Apply, WaitsUntilATerminatingNamespaceIsGone) {
  World world;
  world.archive.add(secret("s"));
  world.cluster.put(secret("old"));
  world.cluster.terminate("team", 5);
  world.restore();
  EXPECT_EQ(world.results.errors(), 0U) << world.results.to_json().dump(1);
  EXPECT_FALSE(world.cluster.object("secrets", "team", "s").is_null());
  EXPECT_TRUE(world.cluster.object("secrets", "team", "old").is_null());
}

TEST(Apply, SaysWhatIsLostWithANamespaceThatStaysTerminating) {
  World world;
  world.archive.add(secret("s"));
  world.archive.add(secret("t", "YQ==", "other"));
  world.cluster.put(make("v1", "Namespace", "", "team"));
  world.cluster.terminate("team", 1'000'000);
  world.restore();
  EXPECT_EQ(world.results.to_json()["errors"]["velero"].size(), 1U);
  EXPECT_EQ(world.results.to_json()["errors"]["namespaces"]["team"].size(), 1U);
  EXPECT_FALSE(world.cluster.object("secrets", "other", "t").is_null());
}

TEST(Apply, MakesANamespaceWhoseWebhookIsNotUpYet) {
  World world;
  fill(world.archive);
  world.fail("create", "namespaces", 4, Code::unavailable, "failed calling webhook");
  world.restore();
  EXPECT_EQ(world.results.errors(), 0U) << world.results.to_json().dump(1);
  EXPECT_TRUE(world.plan().nothing_to_do()) << print_plan(world.plan(), true);
}

TEST(Apply, GivesUpOnAServerThatGoesAwayInTheMiddle) {
  World world;
  fill(world.archive);
  const Plan plan = world.plan();
  auto asked = std::make_shared<std::atomic<int>>(0);
  world.cluster.set_fault([=](auto, auto, auto, auto) -> std::optional<Error> {
    if (asked->fetch_add(1) < 15) return std::nullopt;
    return Error(Code::unavailable, "refused");
  });
  const auto done = world.apply_plan(plan);
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code(), Code::unavailable);
  EXPECT_FALSE(done.error().hint().empty());
}

TEST(Apply, MakesANamespaceThatVanishedMeanwhile) {
  World world;
  world.archive.add(secret("s"));
  world.cluster.put(make("v1", "Namespace", "", "team"));
  const Plan plan = world.plan();
  world.cluster.erase("namespaces", "", "team");
  ASSERT_TRUE(world.apply_plan(plan).ok());
  EXPECT_EQ(world.results.errors(), 0U) << world.results.to_json().dump(1);
  EXPECT_FALSE(world.cluster.object("secrets", "team", "s").is_null());
}

TEST(Apply, TakesATakenPortOfTheSameServiceForExistence) {
  World world;
  world.archive.add(make("v1", "Service", "team", "web", {{"spec", {{"type", "NodePort"}}}}));
  const Plan plan = world.plan();
  world.cluster.put(make("v1", "Service", "team", "web", {{"spec", {{"type", "NodePort"}}}}));
  world.fail("create", "services", 1, Code::invalid, "spec.ports[0].nodePort: provided port is already allocated");
  ASSERT_TRUE(world.apply_plan(plan).ok());
  EXPECT_EQ(world.results.errors(), 0U);
}

TEST(Apply, ReportsATakenPortOfAnotherService) {
  World world;
  world.archive.add(make("v1", "Service", "team", "web", {{"spec", {{"type", "NodePort"}}}}));
  world.fail("create", "services", 1000, Code::invalid, "spec.ports[0].nodePort: provided port is already allocated");
  world.restore();
  EXPECT_EQ(world.results.errors(), 1U);
}

TEST(Apply, LabelsWhatItCannotUpdate) {
  World world;
  world.request.spec.existing_policy = "update";
  world.archive.add(secret("s"));
  world.cluster.put(secret("s", "Yg=="));
  const Plan plan = world.plan();
  world.fail("patch", "secrets", 1, Code::invalid, "field is immutable");
  ASSERT_TRUE(world.apply_plan(plan).ok());
  EXPECT_EQ(world.results.warnings(), 1U);
  const Json live = world.cluster.object("secrets", "team", "s");
  EXPECT_EQ(live["data"]["k"], "Yg==");
  EXPECT_EQ(live["metadata"]["labels"]["velero.io/restore-name"], "r");
}

TEST(Apply, TellsWhatTheServerDropped) {
  World world;
  world.archive.add(secret("s"));
  world.cluster.set_warnings({"v1 Secret is old-fashioned", R"(unknown field "datta")"});
  world.restore();
  EXPECT_EQ(world.results.errors(), 0U);
  EXPECT_EQ(
      world.results.to_json()["warnings"]["namespaces"]["team"],
      Json(
          {R"(secrets team/s was restored without a field that this API server does not know: unknown field "datta")"}));
}

TEST(Apply, WarnsOfAStatusThatCannotBeWritten) {
  World world;
  fill(world.archive);
  world.fail("patch_status", "widgets.example.com", 1, Code::not_found, "no status here");
  world.restore();
  EXPECT_EQ(world.results.errors(), 0U);
  EXPECT_EQ(world.results.warnings(), 1U);
  // The next run finds its own object without the status, and writes it.
  world.restore();
  EXPECT_EQ(world.cluster.object("widgets.example.com", "team", "w")["status"]["ready"], true);
}

// Whatever request the process dies at, the same restore run again ends in the same state.
TEST(Apply, ConvergesAfterBeingKilledAtAnyRequest) {
  World whole;
  fill(whole.archive);
  whole.restore();
  int total = 0;
  for (const auto& [verb, count] : whole.cluster.requests()) total += count;
  for (int dies_at = 1; dies_at < total; dies_at += 3) {
    World world;
    fill(world.archive);
    auto asked = std::make_shared<std::atomic<int>>(0);
    world.cluster.set_fault([=](auto, auto, auto, auto) -> std::optional<Error> {
      if (asked->fetch_add(1) < dies_at) return std::nullopt;
      return Error(Code::cancelled, "killed");
    });
    SeededRng rng(1);
    if (auto plan = make_plan(world.request, world.archive, world.cluster, rng, {}, Log::none(), {}); plan.ok()) {
      EXPECT_FALSE(world.apply_plan(*plan).ok());
    }
    world.cluster.set_fault({});
    world.restore();
    EXPECT_EQ(world.results.errors(), 0U) << "killed at " << dies_at;
    EXPECT_TRUE(world.plan().nothing_to_do()) << "killed at " << dies_at << "\n" << print_plan(world.plan(), true);
    EXPECT_EQ(world.cluster.size(), whole.cluster.size()) << "killed at " << dies_at;
    EXPECT_EQ(world.cluster.object("widgets.example.com", "team", "w")["status"]["ready"], true)
        << "killed at " << dies_at;
  }
}

TEST(Apply, ReportsWhatItWrote) {
  World world;
  world.archive.add(secret("new"));
  world.archive.add(secret("same"));
  world.cluster.put(secret("same"));
  const auto written = world.apply_plan(world.plan());
  ASSERT_TRUE(written.ok());
  std::vector<std::string> lines;
  for (const Written& one : *written)
    lines.push_back(one.api_version + "/" + one.kind + " " + one.ns + "/" + one.name + " " + std::string(one.what));
  std::sort(lines.begin(), lines.end());
  EXPECT_EQ(lines, (std::vector<std::string>{"v1/Namespace /team skipped", "v1/Secret team/new created",
                                             "v1/Secret team/same skipped"}));
}

}  // namespace
}  // namespace salvor::restore
