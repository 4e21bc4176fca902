#include "backup/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backup/testing.h"

namespace salvor::backup {

namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::simulate;
using testing::spec_of;
using testing::World;

Plan plan_of(const World& world, const std::string& flags, const Features& features = {}) {
  return *make_plan(spec_of(flags), world.discovery, testing::namespaces_of(world), features);
}

const Listing* listing_of(const Plan& plan, const std::string& group_resource) {
  for (const Listing& listing : plan.listings) {
    if (listing.resource.group_resource() == group_resource) return &listing;
  }
  return nullptr;
}

const World kTeams{{"secrets a/s", "secrets b/s"}};

}  // namespace

TEST(Plan, ListsPodsThenClaimsThenVolumesThenTheRest) {
  const Plan plan = plan_of(kTeams, "--include-cluster-resources=true");
  ASSERT_GE(plan.listings.size(), 4u);
  EXPECT_EQ(plan.listings[0].resource.plural, "pods");
  EXPECT_EQ(plan.listings[1].resource.plural, "persistentvolumeclaims");
  EXPECT_EQ(plan.listings[2].resource.plural, "persistentvolumes");
  EXPECT_EQ(plan.listings[3].resource.plural, "configmaps");
}

TEST(Plan, PutsTheExtensionsGroupLastAndItsTwinsOut) {
  World world = kTeams;
  world.discovery = {};
  testing::offer(world.discovery, "namespaces", "Namespace", false);
  testing::offer(world.discovery, "deployments.extensions", "Deployment", true);
  testing::offer(world.discovery, "ingresses.extensions", "Ingress", true);
  testing::offer(world.discovery, "secrets", "Secret", true);
  testing::offer(world.discovery, "deployments.apps", "Deployment", true);
  const Plan plan = plan_of(world, "");
  ASSERT_EQ(plan.listings.size(), 3u);
  EXPECT_EQ(plan.listings[1].resource.group_resource(), "deployments.apps");
  EXPECT_EQ(plan.listings[2].resource.group_resource(), "ingresses.extensions");
}

TEST(Plan, AsksOnceForAllNamespacesAndElseOncePerNamespace) {
  EXPECT_THAT(listing_of(plan_of(kTeams, ""), "secrets")->namespaces, ElementsAre(""));
  EXPECT_THAT(listing_of(plan_of(kTeams, "--exclude-namespaces a"), "secrets")->namespaces, ElementsAre(""));
  EXPECT_THAT(listing_of(plan_of(kTeams, "--include-namespaces b,a"), "secrets")->namespaces, ElementsAre("a", "b"));
  EXPECT_THAT(listing_of(plan_of(kTeams, "--include-namespaces *"), "secrets")->namespaces, ElementsAre(""));
  EXPECT_EQ(listing_of(plan_of(kTeams, "--include-namespaces x*"), "secrets"), nullptr);
}

TEST(Plan, LetsTheServerSelectExceptWhereUnselectedObjectsMatter) {
  const Plan plan = plan_of(kTeams, "--or-selector app=web or app=db");
  EXPECT_EQ(listing_of(plan, "secrets")->selectors.size(), 2u);
  EXPECT_THAT(listing_of(plan, "pods")->selectors, IsEmpty());
  EXPECT_THAT(listing_of(plan, "persistentvolumeclaims")->selectors, IsEmpty());
  const Plan without_claims = plan_of(kTeams, "--selector app=web --exclude-resources pvc");
  EXPECT_EQ(listing_of(without_claims, "pods")->selectors.size(), 1u);
}

TEST(Plan, ParsesOnlyTheKindsThatHaveARule) {
  const Plan everything = plan_of(kTeams, "--include-cluster-resources=true");
  for (const Listing& listing : everything.listings) {
    EXPECT_EQ(listing.reads_text, listing.resource.plural == "persistentvolumeclaims") << listing.resource.plural;
  }
  const Plan related = plan_of(kTeams, "--include-namespaces a");
  EXPECT_TRUE(listing_of(related, "pods")->reads_text);
  ASSERT_NE(listing_of(related, "clusterrolebindings.rbac.authorization.k8s.io"), nullptr);
  EXPECT_FALSE(listing_of(related, "clusterrolebindings.rbac.authorization.k8s.io")->take);
}

TEST(Plan, SaysWhatIsLeftOutAndWhy) {
  const std::string text = to_string(plan_of(kTeams, "--include-namespaces a --exclude-resources secrets"));
  EXPECT_THAT(text, HasSubstr("skip bindings/v1 (cannot be listed, got, created and deleted)"));
  EXPECT_THAT(text, HasSubstr("skip secrets/v1 (kept out by the included and excluded resources)"));
  EXPECT_THAT(text, HasSubstr("skip nodes/v1 (cluster-scoped, and only some namespaces are included)"));
  EXPECT_THAT(text, HasSubstr("skip widgets.example.com/v1beta1 (another version is preferred)"));
  EXPECT_THAT(text,
              HasSubstr("skip events.events.k8s.io/v1 (the same objects are listed under another group or version)"));
}

TEST(Plan, NamesMissingNamespacesAndDeadGroupsAsErrors) {
  World world = kTeams;
  world.discovery.failures.push_back({"metrics.k8s.io/v1beta1", "no answer"});
  EXPECT_THAT(plan_of(world, "--include-namespaces a,gone").errors,
              ElementsAre("the included namespace \"gone\" does not exist", HasSubstr("metrics.k8s.io/v1beta1")));
  EXPECT_THAT(plan_of(kTeams, "--include-namespaces gone --include-resources pods").errors, IsEmpty());
}

TEST(Plan, WarnsOfWhatIsProbablyNotMeant) {
  EXPECT_THAT(plan_of(kTeams, "--include-namespaces x*").warnings, Contains(HasSubstr("no namespace matches")));
  EXPECT_THAT(plan_of(kTeams, "--ordered-resources po=a/p").warnings, Contains(HasSubstr("\"po\"")));
  EXPECT_THAT(plan_of(kTeams, "--include-resources volumesnapshots.snapshot.storage.k8s.io").warnings,
              Contains(HasSubstr("everything is saved")));
  const World argo{{"namespaces a argocd.argoproj.io/managed-by=argo"}};
  EXPECT_THAT(plan_of(argo, "").warnings, Contains(HasSubstr("Argo CD")));
  EXPECT_THAT(plan_of(argo, "--exclude-namespaces a").warnings, IsEmpty());
}

TEST(Plan, RefusesWithEveryReasonAtOnce) {
  const Result<Plan> plan =
      make_plan(spec_of("--include-resources *,pods --exclude-namespaces *"), kTeams.discovery, {});
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.error().code(), Code::invalid);
  EXPECT_THAT(plan.error().message(), HasSubstr("included and excluded resources"));
  EXPECT_THAT(plan.error().message(), HasSubstr("included and excluded namespaces"));
}

TEST(Plan, SavesOrderedResourcesFirstAndOnce) {
  const World world{{"pods a/p1", "pods a/p2", "pods b/p1", "pods b/p2"}};
  const Result<testing::Outcome> outcome =
      simulate(world, spec_of("--ordered-resources pods=b/p2,gone/p,a/p2 --include-namespace-scoped-resources pods"));
  EXPECT_THAT(outcome->order,
              ElementsAre("pods b/p2", "pods a/p2", "pods a/p1", "pods b/p1", "namespaces a", "namespaces b"));
}

TEST(Plan, TellsWhichWantedObjectsAreMissing) {
  const World world{{"persistentvolumeclaims a/c volume:gone", "widgets a/w"}};
  EXPECT_THAT(simulate(world, spec_of("--include-namespaces a"))->missing, ElementsAre("persistentvolumes gone"));
}

TEST(Plan, LetsAPolicyAddToTheNewFiltersOnly) {
  IncludeExcludePolicy policy;
  policy.excluded_namespace_scoped_resources = {"secrets"};
  policy.included_cluster_scoped_resources = {"storageclasses"};
  const auto plan = [&](const std::string& flags) {
    return make_plan(spec_of(flags), kTeams.discovery, testing::namespaces_of(kTeams), {}, &policy);
  };
  EXPECT_EQ(listing_of(*plan(""), "secrets"), nullptr);
  EXPECT_NE(listing_of(*plan(""), "storageclasses.storage.k8s.io"), nullptr);
  EXPECT_NE(listing_of(*plan("--include-namespace-scoped-resources secrets"), "secrets"), nullptr);
  EXPECT_FALSE(plan("--include-resources secrets").ok());
}

}  // namespace salvor::backup
