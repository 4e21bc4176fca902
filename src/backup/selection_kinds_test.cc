// Which objects a backup holds: the filters on kinds, old and new. See selection_test.cc.
#include <gtest/gtest.h>

#include "backup/testing.h"

namespace salvor::backup {

namespace {

using testing::expect_all;
using testing::Group;

// included and excluded resources, includeClusterResources.
const Group kOldFilters{
    {"pods a/p", "pods b/p", "secrets a/s", "deployments.apps a/d", "deployments.apps b/d", "persistentvolumes v",
     "clusterroles r", "widgets a/w", "customresourcedefinitions widgets.example.com", "planets earth",
     "customresourcedefinitions planets.example.com"},
    {
        {"OneKind", "--include-resources pods", "pods a/p, pods b/p"},
        {"OneKindByShortName", "--include-resources deploy", "deployments.apps a/d, deployments.apps b/d"},
        {"OneKindBySingular", "--include-resources secret", "secrets a/s"},
        {"OneKindByKind", "--include-resources Deployment", "deployments.apps a/d, deployments.apps b/d"},
        {"OneKindWithItsGroup", "--include-resources deployments.apps", "deployments.apps a/d, deployments.apps b/d"},
        {"OneKindWithTheStartOfItsGroup", "--include-resources widgets.example", "widgets.example.com a/w"},
        {"TwoKinds", "--include-resources pods,secrets", "pods a/p, pods b/p, secrets a/s"},
        {"StarIsEveryKind", "--include-resources *",
         "clusterroles.rbac.authorization.k8s.io r, customresourcedefinitions.apiextensions.k8s.io "
         "planets.example.com, customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps "
         "a/d, deployments.apps b/d, namespaces a, namespaces b, persistentvolumes v, planets.example.com earth, pods "
         "a/p, pods b/p, secrets a/s, widgets.example.com a/w"},
        {"AnUnknownKindIsNotEverything", "--include-resources nonsense", ""},
        {"AnUnknownKindBesideAKnownOne", "--include-resources nonsense,pods", "pods a/p, pods b/p"},
        {"AKindThatCannotBeListedIsNotEverything", "--include-resources bindings", ""},
        {"APatternOverGroups", "--include-resources *.apps", "deployments.apps a/d, deployments.apps b/d"},
        {"APatternOverNames", "--include-resources dep*", "deployments.apps a/d, deployments.apps b/d"},
        {"APatternWithAlternatives", "--include-resources {pods,planets.*}", "pods a/p, pods b/p"},
        {"WithoutOneKind", "--exclude-resources secrets",
         "clusterroles.rbac.authorization.k8s.io r, customresourcedefinitions.apiextensions.k8s.io "
         "planets.example.com, customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps "
         "a/d, deployments.apps b/d, namespaces a, namespaces b, persistentvolumes v, planets.example.com earth, pods "
         "a/p, pods b/p, widgets.example.com a/w"},
        {"WithoutOneKindByShortName", "--exclude-resources deploy",
         "clusterroles.rbac.authorization.k8s.io r, customresourcedefinitions.apiextensions.k8s.io "
         "planets.example.com, customresourcedefinitions.apiextensions.k8s.io widgets.example.com, namespaces a, "
         "namespaces b, persistentvolumes v, planets.example.com earth, pods a/p, pods b/p, secrets a/s, "
         "widgets.example.com a/w"},
        {"WithoutAPattern", "--exclude-resources *.example.com",
         "clusterroles.rbac.authorization.k8s.io r, customresourcedefinitions.apiextensions.k8s.io "
         "planets.example.com, customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps "
         "a/d, deployments.apps b/d, namespaces a, namespaces b, persistentvolumes v, pods a/p, pods b/p, secrets a/s"},
        {"WithoutAnUnknownKind", "--exclude-resources nonsense",
         "clusterroles.rbac.authorization.k8s.io r, customresourcedefinitions.apiextensions.k8s.io "
         "planets.example.com, customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps "
         "a/d, deployments.apps b/d, namespaces a, namespaces b, persistentvolumes v, planets.example.com earth, pods "
         "a/p, pods b/p, secrets a/s, widgets.example.com a/w"},
        {"StarWithoutOneKind", "--include-resources * --exclude-resources pods",
         "clusterroles.rbac.authorization.k8s.io r, customresourcedefinitions.apiextensions.k8s.io "
         "planets.example.com, customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps "
         "a/d, deployments.apps b/d, namespaces a, namespaces b, persistentvolumes v, planets.example.com earth, "
         "secrets a/s, widgets.example.com a/w"},
        {"KindsWithoutAnother", "--include-resources pods,secrets --exclude-resources deployments",
         "pods a/p, pods b/p, secrets a/s"},
        {"TheSameKindTwiceIsOnlyAContradictionByName",
         "--include-resources pods,deploy --exclude-resources deployments.apps", "pods a/p, pods b/p"},
        {"IncludedAndExcludedContradict", "--include-resources pods --exclude-resources pods", "refused"},
        {"StarBesideAKindIsRefused", "--include-resources *,pods", "refused"},
        {"ExcludingEverythingIsRefused", "--exclude-resources *", "refused"},
        {"OneKindInOneNamespace", "--include-resources pods --include-namespaces a", "pods a/p"},
        {"WithoutOneKindInOneNamespace", "--exclude-resources pods --include-namespaces a",
         "customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps a/d, namespaces a, "
         "secrets a/s, widgets.example.com a/w"},
        {"ClusterScopedTrueInEveryNamespace", "--include-cluster-resources=true",
         "clusterroles.rbac.authorization.k8s.io r, customresourcedefinitions.apiextensions.k8s.io "
         "planets.example.com, customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps "
         "a/d, deployments.apps b/d, namespaces a, namespaces b, persistentvolumes v, planets.example.com earth, pods "
         "a/p, pods b/p, secrets a/s, widgets.example.com a/w"},
        {"ClusterScopedFalseInEveryNamespace", "--include-cluster-resources=false",
         "deployments.apps a/d, deployments.apps b/d, pods a/p, pods b/p, secrets a/s, widgets.example.com a/w"},
        {"ClusterScopedTrueInOneNamespace", "--include-cluster-resources=true --include-namespaces a",
         "clusterroles.rbac.authorization.k8s.io r, customresourcedefinitions.apiextensions.k8s.io "
         "planets.example.com, customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps "
         "a/d, namespaces a, persistentvolumes v, planets.example.com earth, pods a/p, secrets a/s, "
         "widgets.example.com a/w"},
        {"ClusterScopedFalseInOneNamespace", "--include-cluster-resources=false --include-namespaces a",
         "deployments.apps a/d, pods a/p, secrets a/s, widgets.example.com a/w"},
        {"ClusterScopedUnsetInOneNamespace", "--exclude-resources nonsense --include-namespaces a",
         "customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps a/d, namespaces a, pods "
         "a/p, secrets a/s, widgets.example.com a/w"},
        {"ClusterScopedUnsetInEveryNamespace", "--exclude-resources nonsense",
         "clusterroles.rbac.authorization.k8s.io r, customresourcedefinitions.apiextensions.k8s.io "
         "planets.example.com, customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps "
         "a/d, deployments.apps b/d, namespaces a, namespaces b, persistentvolumes v, planets.example.com earth, pods "
         "a/p, pods b/p, secrets a/s, widgets.example.com a/w"},
        {"ClusterScopedTrueWithoutOneNamespace", "--include-cluster-resources=true --exclude-namespaces b",
         "clusterroles.rbac.authorization.k8s.io r, customresourcedefinitions.apiextensions.k8s.io "
         "planets.example.com, customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps "
         "a/d, namespaces a, persistentvolumes v, planets.example.com earth, pods a/p, secrets a/s, "
         "widgets.example.com a/w"},
        {"ClusterScopedUnsetWithoutOneNamespace", "--exclude-resources nonsense --exclude-namespaces b",
         "customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps a/d, namespaces a, pods "
         "a/p, secrets a/s, widgets.example.com a/w"},
        {"OneClusterScopedKind", "--include-resources clusterroles", "clusterroles.rbac.authorization.k8s.io r"},
        {"OneClusterScopedKindInOneNamespace", "--include-resources clusterroles --include-namespaces a", ""},
        {"OneClusterScopedKindInOneNamespaceWithTrue",
         "--include-resources clusterroles --include-namespaces a --include-cluster-resources=true",
         "clusterroles.rbac.authorization.k8s.io r"},
        {"OneClusterScopedKindWithFalse", "--include-resources clusterroles --include-cluster-resources=false", ""},
        {"NamespacesAlone", "--include-resources namespaces", "namespaces a, namespaces b"},
        {"NamespacesAloneInOneNamespace", "--include-resources namespaces --include-namespaces a", "namespaces a"},
        {"NamespacesAloneWithFalse", "--include-resources namespaces --include-cluster-resources=false", ""},
        {"WithoutNamespaces", "--exclude-resources namespaces",
         "clusterroles.rbac.authorization.k8s.io r, customresourcedefinitions.apiextensions.k8s.io "
         "planets.example.com, customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps "
         "a/d, deployments.apps b/d, persistentvolumes v, planets.example.com earth, pods a/p, pods b/p, secrets a/s, "
         "widgets.example.com a/w"},
        {"WithoutDefinitions", "--exclude-resources crds",
         "clusterroles.rbac.authorization.k8s.io r, deployments.apps a/d, deployments.apps b/d, namespaces a, "
         "namespaces b, persistentvolumes v, planets.example.com earth, pods a/p, pods b/p, secrets a/s, "
         "widgets.example.com a/w"},
        {"WithoutDefinitionsInOneNamespace", "--exclude-resources crds --include-namespaces a",
         "deployments.apps a/d, namespaces a, pods a/p, secrets a/s, widgets.example.com a/w"},
        {"DefinitionsAlone", "--include-resources crds",
         "customresourcedefinitions.apiextensions.k8s.io planets.example.com, "
         "customresourcedefinitions.apiextensions.k8s.io widgets.example.com"},
        {"DefinitionOfTheCustomObjects", "--include-resources widgets", "widgets.example.com a/w"},
        {"DefinitionOfTheCustomObjectsWithTrue", "--include-resources widgets --include-cluster-resources=true",
         "customresourcedefinitions.apiextensions.k8s.io widgets.example.com, widgets.example.com a/w"},
        {"DefinitionOfTheCustomObjectsWithFalse", "--include-resources widgets --include-cluster-resources=false",
         "widgets.example.com a/w"},
        {"CustomObjectsAndDefinitionsInOneNamespace", "--include-resources widgets,crds --include-namespaces a",
         "customresourcedefinitions.apiextensions.k8s.io widgets.example.com, widgets.example.com a/w"},
        {"CustomObjectsOfNoNamespace", "--include-resources planets", "planets.example.com earth"},
        {"OldAndNewFiltersTogetherAreRefused", "--include-resources pods --include-cluster-scoped-resources pv",
         "refused"},
        {"OldAndNewExcludesTogetherAreRefused", "--exclude-resources pods --exclude-namespace-scoped-resources secrets",
         "refused"},
        {"ClusterSwitchAndNewFiltersTogetherAreRefused",
         "--include-cluster-resources=false --include-namespace-scoped-resources pods", "refused"},
    },
};

// Cluster-scoped and namespace-scoped resources.
const Group kNewFilters{
    {"pods a/p", "pods b/p", "secrets a/s", "deployments.apps a/d", "deployments.apps b/d", "persistentvolumes v",
     "clusterroles r", "widgets a/w", "customresourcedefinitions widgets.example.com", "planets earth",
     "customresourcedefinitions planets.example.com"},
    {
        {"WithoutFiltersClusterScopedKindsAreOnlyRelated", "",
         "customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps a/d, deployments.apps "
         "b/d, namespaces a, namespaces b, pods a/p, pods b/p, secrets a/s, widgets.example.com a/w"},
        {"OneNamespacedKind", "--include-namespace-scoped-resources pods",
         "namespaces a, namespaces b, pods a/p, pods b/p"},
        {"OneNamespacedKindInOneNamespace", "--include-namespace-scoped-resources pods --include-namespaces b",
         "namespaces b, pods b/p"},
        {"EveryNamespacedKind", "--include-namespace-scoped-resources *",
         "customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps a/d, deployments.apps "
         "b/d, namespaces a, namespaces b, pods a/p, pods b/p, secrets a/s, widgets.example.com a/w"},
        {"WithoutOneNamespacedKind", "--exclude-namespace-scoped-resources pods",
         "customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps a/d, deployments.apps "
         "b/d, namespaces a, namespaces b, secrets a/s, widgets.example.com a/w"},
        {"WithoutAnyNamespacedKind", "--exclude-namespace-scoped-resources *", "namespaces a, namespaces b"},
        {"NoNamespacedButOneClusterScopedKind",
         "--exclude-namespace-scoped-resources * --include-cluster-scoped-resources clusterroles",
         "clusterroles.rbac.authorization.k8s.io r, namespaces a, namespaces b"},
        {"NoNamespacedButEveryClusterScopedKind",
         "--exclude-namespace-scoped-resources * --include-cluster-scoped-resources *",
         "clusterroles.rbac.authorization.k8s.io r, customresourcedefinitions.apiextensions.k8s.io "
         "planets.example.com, customresourcedefinitions.apiextensions.k8s.io widgets.example.com, namespaces a, "
         "namespaces b, persistentvolumes v, planets.example.com earth"},
        {"OneClusterScopedKind", "--include-cluster-scoped-resources clusterroles",
         "clusterroles.rbac.authorization.k8s.io r, customresourcedefinitions.apiextensions.k8s.io "
         "widgets.example.com, deployments.apps a/d, deployments.apps b/d, namespaces a, namespaces b, pods a/p, pods "
         "b/p, secrets a/s, widgets.example.com a/w"},
        {"OneClusterScopedKindInOneNamespace", "--include-cluster-scoped-resources clusterroles --include-namespaces a",
         "clusterroles.rbac.authorization.k8s.io r, customresourcedefinitions.apiextensions.k8s.io "
         "widgets.example.com, deployments.apps a/d, namespaces a, pods a/p, secrets a/s, widgets.example.com a/w"},
        {"EveryClusterScopedKind", "--include-cluster-scoped-resources *",
         "clusterroles.rbac.authorization.k8s.io r, customresourcedefinitions.apiextensions.k8s.io "
         "planets.example.com, customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps "
         "a/d, deployments.apps b/d, namespaces a, namespaces b, persistentvolumes v, planets.example.com earth, pods "
         "a/p, pods b/p, secrets a/s, widgets.example.com a/w"},
        {"EveryClusterScopedKindInOneNamespace", "--include-cluster-scoped-resources * --include-namespaces a",
         "clusterroles.rbac.authorization.k8s.io r, customresourcedefinitions.apiextensions.k8s.io "
         "planets.example.com, customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps "
         "a/d, namespaces a, persistentvolumes v, planets.example.com earth, pods a/p, secrets a/s, "
         "widgets.example.com a/w"},
        {"EveryClusterScopedKindButOne",
         "--include-cluster-scoped-resources * --exclude-cluster-scoped-resources clusterroles",
         "customresourcedefinitions.apiextensions.k8s.io planets.example.com, "
         "customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps a/d, deployments.apps "
         "b/d, namespaces a, namespaces b, persistentvolumes v, planets.example.com earth, pods a/p, pods b/p, secrets "
         "a/s, widgets.example.com a/w"},
        {"ClusterScopedPattern", "--include-cluster-scoped-resources cluster*",
         "clusterroles.rbac.authorization.k8s.io r, customresourcedefinitions.apiextensions.k8s.io "
         "widgets.example.com, deployments.apps a/d, deployments.apps b/d, namespaces a, namespaces b, pods a/p, pods "
         "b/p, secrets a/s, widgets.example.com a/w"},
        {"ClusterScopedPatternOfAGroup", "--include-cluster-scoped-resources *.example.com",
         "customresourcedefinitions.apiextensions.k8s.io planets.example.com, "
         "customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps a/d, deployments.apps "
         "b/d, namespaces a, namespaces b, planets.example.com earth, pods a/p, pods b/p, secrets a/s, "
         "widgets.example.com a/w"},
        {"WithoutOneClusterScopedKind", "--exclude-cluster-scoped-resources clusterroles",
         "customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps a/d, deployments.apps "
         "b/d, namespaces a, namespaces b, pods a/p, pods b/p, secrets a/s, widgets.example.com a/w"},
        {"WithoutAnyClusterScopedKindNotEvenNamespaces", "--exclude-cluster-scoped-resources *",
         "deployments.apps a/d, deployments.apps b/d, pods a/p, pods b/p, secrets a/s, widgets.example.com a/w"},
        {"WithoutNamespaceObjects", "--exclude-cluster-scoped-resources namespaces",
         "customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps a/d, deployments.apps "
         "b/d, pods a/p, pods b/p, secrets a/s, widgets.example.com a/w"},
        {"WithoutDefinitions", "--exclude-cluster-scoped-resources crds",
         "deployments.apps a/d, deployments.apps b/d, namespaces a, namespaces b, pods a/p, pods b/p, secrets a/s, "
         "widgets.example.com a/w"},
        {"DefinitionsAsRelated", "--include-namespace-scoped-resources widgets",
         "customresourcedefinitions.apiextensions.k8s.io widgets.example.com, namespaces a, namespaces b, "
         "widgets.example.com a/w"},
        {"DefinitionsIncluded", "--include-cluster-scoped-resources crds",
         "customresourcedefinitions.apiextensions.k8s.io planets.example.com, "
         "customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps a/d, deployments.apps "
         "b/d, namespaces a, namespaces b, pods a/p, pods b/p, secrets a/s, widgets.example.com a/w"},
        {"DefinitionsIncludedInOneNamespaceBringAll", "--include-cluster-scoped-resources crds --include-namespaces b",
         "customresourcedefinitions.apiextensions.k8s.io planets.example.com, "
         "customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps b/d, namespaces b, pods "
         "b/p"},
        {"ANamespacedKindAmongClusterScopedOnesIsNothing", "--include-cluster-scoped-resources pods,clusterroles",
         "clusterroles.rbac.authorization.k8s.io r, customresourcedefinitions.apiextensions.k8s.io "
         "widgets.example.com, deployments.apps a/d, deployments.apps b/d, namespaces a, namespaces b, pods a/p, pods "
         "b/p, secrets a/s, widgets.example.com a/w"},
        {"AClusterScopedKindAmongNamespacedOnesIsNothing", "--include-namespace-scoped-resources clusterroles,pods",
         "namespaces a, namespaces b, pods a/p, pods b/p"},
        {"OnlyAClusterScopedKindAmongNamespacedOnesLeavesEverything",
         "--include-namespace-scoped-resources clusterroles",
         "customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps a/d, deployments.apps "
         "b/d, namespaces a, namespaces b, pods a/p, pods b/p, secrets a/s, widgets.example.com a/w"},
        {"AnUnknownNamespacedKindIsNotEverything", "--include-namespace-scoped-resources nonsense",
         "namespaces a, namespaces b"},
        {"AnUnknownClusterScopedKind", "--include-cluster-scoped-resources nonsense",
         "customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps a/d, deployments.apps "
         "b/d, namespaces a, namespaces b, pods a/p, pods b/p, secrets a/s, widgets.example.com a/w"},
        {"AShortNameAmongNamespacedOnes", "--include-namespace-scoped-resources deploy",
         "deployments.apps a/d, deployments.apps b/d, namespaces a, namespaces b"},
        {"AShortNameAmongClusterScopedOnes", "--include-cluster-scoped-resources pv",
         "customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps a/d, deployments.apps "
         "b/d, namespaces a, namespaces b, persistentvolumes v, pods a/p, pods b/p, secrets a/s, widgets.example.com "
         "a/w"},
        {"ExcludedShortName", "--exclude-namespace-scoped-resources deploy",
         "customresourcedefinitions.apiextensions.k8s.io widgets.example.com, namespaces a, namespaces b, pods a/p, "
         "pods b/p, secrets a/s, widgets.example.com a/w"},
        {"IncludedAndExcludedContradict",
         "--include-namespace-scoped-resources pods --exclude-namespace-scoped-resources pods", "refused"},
        {"ClusterScopedIncludedAndExcludedContradict",
         "--include-cluster-scoped-resources pv --exclude-cluster-scoped-resources pv", "refused"},
        {"StarBesideANamespacedKindIsRefused", "--include-namespace-scoped-resources *,pods", "refused"},
        {"StarBesideAClusterScopedKindIsRefused", "--include-cluster-scoped-resources *,pv", "refused"},
        {"ExcludedStarBesideAKindIsRefused", "--exclude-namespace-scoped-resources *,pods", "refused"},
        {"ExcludedStarBesideAnIncludedKindIsRefused",
         "--exclude-cluster-scoped-resources * --include-cluster-scoped-resources pv", "refused"},
        {"TheTwoStarsTogether", "--include-namespace-scoped-resources * --include-cluster-scoped-resources *",
         "clusterroles.rbac.authorization.k8s.io r, customresourcedefinitions.apiextensions.k8s.io "
         "planets.example.com, customresourcedefinitions.apiextensions.k8s.io widgets.example.com, deployments.apps "
         "a/d, deployments.apps b/d, namespaces a, namespaces b, persistentvolumes v, planets.example.com earth, pods "
         "a/p, pods b/p, secrets a/s, widgets.example.com a/w"},
        {"NamespacedKindsOfAGroup", "--include-namespace-scoped-resources *.apps",
         "deployments.apps a/d, deployments.apps b/d, namespaces a, namespaces b"},
        {"WithoutAGroup", "--exclude-namespace-scoped-resources *.apps",
         "customresourcedefinitions.apiextensions.k8s.io widgets.example.com, namespaces a, namespaces b, pods a/p, "
         "pods b/p, secrets a/s, widgets.example.com a/w"},
    },
};

}  // namespace

TEST(Selection, FollowsTheOldFilters) { expect_all(kOldFilters); }
TEST(Selection, FollowsTheNewFilters) { expect_all(kNewFilters); }

}  // namespace salvor::backup
