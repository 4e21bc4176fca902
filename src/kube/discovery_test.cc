#include "kube/discovery.h"

#include <gmock/gmock.h>

#include "kube/scripted_http_testing.h"

namespace salvor::kube {
namespace {

using namespace testing;

constexpr std::string_view kGroups = R"({"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","items":[
 {"metadata":{"name":"apps"},"versions":[{"version":"v1","freshness":"Current","resources":[
   {"resource":"deployments","responseKind":{"group":"apps","version":"v1","kind":"Deployment"},"scope":"Namespaced",
    "singularResource":"deployment","verbs":["create","delete","get","list"],"shortNames":["deploy"],
    "subresources":[{"subresource":"scale"},{"subresource":"status"}]}]}]},
 {"metadata":{"name":"shop.example"},"versions":[
   {"version":"v2","freshness":"Current","resources":[
     {"resource":"carts","responseKind":{"kind":"Cart"},"scope":"Namespaced","singularResource":"cart","verbs":["list"]}]},
   {"version":"v1","freshness":"Current","resources":[
     {"resource":"carts","responseKind":{"kind":"Cart"},"scope":"Namespaced","singularResource":"cart","verbs":["list"]},
     {"resource":"coupons","responseKind":{"kind":"Coupon"},"scope":"Cluster","singularResource":"coupon","verbs":["list"]}]}]},
 {"metadata":{"name":"metrics.k8s.io"},"versions":[{"version":"v1beta1","freshness":"Stale"}]}]})";

Discovery parsed() {
  Discovery discovery;
  EXPECT_TRUE(parse_aggregated_discovery(kGroups, discovery).ok());
  return discovery;
}

TEST(Discovery, MarksTheFirstVersionThatHasAResourceAsPreferred) {
  const Discovery discovery = parsed();
  EXPECT_EQ(discovery.find("carts")->version, "v2");
  EXPECT_EQ(discovery.find("coupons")->version, "v1");
  EXPECT_FALSE(discovery.find_exact("shop.example", "v1", "carts")->preferred);
}

TEST(Discovery, FindsByPluralSingularKindShortNameAndGroupPrefix) {
  const Discovery discovery = parsed();
  for (const char* name : {"deployments", "deployment", "Deployment", "deploy", "deployments.apps", "deploy.ap"}) {
    ASSERT_NE(discovery.find(name), nullptr) << name;
    EXPECT_EQ(discovery.find(name)->group_resource(), "deployments.apps") << name;
  }
  EXPECT_EQ(discovery.find("deployments.batch"), nullptr);
}

TEST(Discovery, NamesGroupsWhoseServerDoesNotAnswer) {
  const Discovery discovery = parsed();
  ASSERT_EQ(discovery.failures.size(), 1u);
  EXPECT_EQ(discovery.failures[0].group_version, "metrics.k8s.io/v1beta1");
}

TEST(Discovery, FoldsSubresourcesIntoTheirParent) {
  const Discovery discovery = parsed();
  EXPECT_THAT(discovery.find("deployments")->subresources, ::testing::ElementsAre("scale", "status"));
}

TEST(Discovery, FallsBackToOneDocumentPerVersionAndNamesTheDeadOnes) {
  ScriptedHttp http;
  NoCredentials credentials;
  FakeClock clock;
  Client client({.server = "https://test", .user_agent = "test", .max_retries = 0}, http, credentials, clock,
                Log::none());
  http.answers = {{.body = R"({"kind":"APIVersions","versions":["v1"]})"},
                  {.body = R"({"kind":"APIResourceList","groupVersion":"v1","resources":[
          {"name":"pods","singularName":"pod","namespaced":true,"kind":"Pod","verbs":["list"],"shortNames":["po"]},
          {"name":"pods/status","singularName":"","namespaced":true,"kind":"Pod","verbs":["get"]}]})"},
                  {.body = R"({"kind":"APIGroupList","groups":[{"name":"dead.example","versions":[{"version":"v1"}],
          "preferredVersion":{"version":"v1"}}]})"},
                  {.status = 503, .body = "service unavailable"}};
  const Result<Discovery> discovery = client.discover({});
  ASSERT_TRUE(discovery.ok()) << discovery.error().message();
  ASSERT_NE(discovery->find("po"), nullptr);
  EXPECT_THAT(discovery->find("po")->subresources, ::testing::ElementsAre("status"));
  ASSERT_EQ(discovery->failures.size(), 1u);
  EXPECT_EQ(discovery->failures[0].group_version, "dead.example/v1");
}

TEST(Paths, AreBuiltFromGroupVersionNamespaceAndName) {
  EXPECT_EQ(path_of(secrets(), "team", "db"), "/api/v1/namespaces/team/secrets/db");
  EXPECT_EQ(path_of(secrets(), "", ""), "/api/v1/secrets");
  Resource roles = secrets();
  roles.group = "rbac.authorization.k8s.io";
  roles.plural = "clusterroles";
  roles.namespaced = false;
  EXPECT_EQ(path_of(roles, "", "system:a/b"), "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Aa%2Fb");
  EXPECT_EQ(path_of(secrets(), "team", "db", "status"), "/api/v1/namespaces/team/secrets/db/status");
}

}  // namespace
}  // namespace salvor::kube
