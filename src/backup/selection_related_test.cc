// Which objects a backup holds: those that others bring along. See selection_test.cc.
#include <gtest/gtest.h>

#include "backup/testing.h"

namespace salvor::backup {

namespace {

using testing::expect_all;
using testing::Group;

// Pods, claims, volumes and priority classes.
const Group kRelatedVolumes{
    {"pods a/p claim:data priority:high running", "pods a/q app=web claim:data claim:logs",
     "pods b/p app=web claim:data running", "pods b/q claim:data claim:more running", "pods b/idle claim:data",
     "persistentvolumeclaims a/data volume:v1 app=db", "persistentvolumeclaims a/logs unbound:v2",
     "persistentvolumeclaims b/data volume:v3", "persistentvolumeclaims b/more volume:v4",
     "persistentvolumeclaims b/spare volume:v5 app=spare", "persistentvolumes v1", "persistentvolumes v2",
     "persistentvolumes v3", "persistentvolumes v4", "persistentvolumes v5", "persistentvolumes v6",
     "priorityclasses high", "priorityclasses low"},
    {
        {"ABoundClaimBringsItsVolume", "--include-namespaces a",
         "namespaces a, persistentvolumeclaims a/data, persistentvolumeclaims a/logs, persistentvolumes v1, pods a/p, "
         "pods a/q, priorityclasses.scheduling.k8s.io high"},
        {"OnlyTheOtherNamespace", "--include-namespaces b",
         "namespaces b, persistentvolumeclaims b/data, persistentvolumeclaims b/more, persistentvolumeclaims b/spare, "
         "persistentvolumes v3, persistentvolumes v4, persistentvolumes v5, pods b/idle, pods b/p, pods b/q"},
        {"EveryNamespace", "",
         "namespaces a, namespaces b, persistentvolumeclaims a/data, persistentvolumeclaims a/logs, "
         "persistentvolumeclaims b/data, persistentvolumeclaims b/more, persistentvolumeclaims b/spare, "
         "persistentvolumes v1, persistentvolumes v3, persistentvolumes v4, persistentvolumes v5, pods a/p, pods a/q, "
         "pods b/idle, pods b/p, pods b/q, priorityclasses.scheduling.k8s.io high"},
        {"FalseKeepsVolumesOut", "--include-namespaces a --include-cluster-resources=false",
         "persistentvolumeclaims a/data, persistentvolumeclaims a/logs, pods a/p, pods a/q"},
        {"TrueBringsAllVolumes", "--include-namespaces a --include-cluster-resources=true",
         "namespaces a, persistentvolumeclaims a/data, persistentvolumeclaims a/logs, persistentvolumes v1, "
         "persistentvolumes v2, persistentvolumes v3, persistentvolumes v4, persistentvolumes v5, persistentvolumes "
         "v6, pods a/p, pods a/q, priorityclasses.scheduling.k8s.io high, priorityclasses.scheduling.k8s.io low"},
        {"PodsAloneBringNoClaims", "--include-resources pods", "pods a/p, pods a/q, pods b/idle, pods b/p, pods b/q"},
        {"PodsAloneWithTrueBringTheirPriorityClass", "--include-resources pods --include-cluster-resources=true",
         "pods a/p, pods a/q, pods b/idle, pods b/p, pods b/q, priorityclasses.scheduling.k8s.io high"},
        {"PodsAndClaimsBringNoVolumesWhileUnset", "--include-resources pods,pvc",
         "persistentvolumeclaims a/data, persistentvolumeclaims a/logs, persistentvolumeclaims b/data, "
         "persistentvolumeclaims b/more, persistentvolumeclaims b/spare, pods a/p, pods a/q, pods b/idle, pods b/p, "
         "pods b/q"},
        {"PodsAndClaimsBringVolumesWithTrue", "--include-resources pods,pvc --include-cluster-resources=true",
         "persistentvolumeclaims a/data, persistentvolumeclaims a/logs, persistentvolumeclaims b/data, "
         "persistentvolumeclaims b/more, persistentvolumeclaims b/spare, persistentvolumes v1, persistentvolumes v3, "
         "persistentvolumes v4, persistentvolumes v5, pods a/p, pods a/q, pods b/idle, pods b/p, pods b/q, "
         "priorityclasses.scheduling.k8s.io high"},
        {"PodsAndClaimsBringNoVolumesThatAreExcluded",
         "--include-resources pods,pvc --include-cluster-resources=true --exclude-resources pv",
         "persistentvolumeclaims a/data, persistentvolumeclaims a/logs, persistentvolumeclaims b/data, "
         "persistentvolumeclaims b/more, persistentvolumeclaims b/spare, pods a/p, pods a/q, pods b/idle, pods b/p, "
         "pods b/q, priorityclasses.scheduling.k8s.io high"},
        {"PodsAndClaimsInOneNamespaceWithTrue",
         "--include-resources pods,pvc --include-cluster-resources=true --include-namespaces b",
         "persistentvolumeclaims b/data, persistentvolumeclaims b/more, persistentvolumeclaims b/spare, "
         "persistentvolumes v3, persistentvolumes v4, persistentvolumes v5, pods b/idle, pods b/p, pods b/q"},
        {"VolumesIncludedByName", "--include-resources pods,pvc,pv --include-namespaces a",
         "persistentvolumeclaims a/data, persistentvolumeclaims a/logs, persistentvolumes v1, pods a/p, pods a/q"},
        {"ClaimsAloneWithTrue", "--include-resources pvc --include-cluster-resources=true",
         "persistentvolumeclaims a/data, persistentvolumeclaims a/logs, persistentvolumeclaims b/data, "
         "persistentvolumeclaims b/more, persistentvolumeclaims b/spare, persistentvolumes v1, persistentvolumes v3, "
         "persistentvolumes v4, persistentvolumes v5"},
        {"NewFiltersPodsAlone", "--include-namespace-scoped-resources pods",
         "namespaces a, namespaces b, pods a/p, pods a/q, pods b/idle, pods b/p, pods b/q, "
         "priorityclasses.scheduling.k8s.io high"},
        {"NewFiltersPodsAndClaims", "--include-namespace-scoped-resources pods,pvc",
         "namespaces a, namespaces b, persistentvolumeclaims a/data, persistentvolumeclaims a/logs, "
         "persistentvolumeclaims b/data, persistentvolumeclaims b/more, persistentvolumeclaims b/spare, "
         "persistentvolumes v1, persistentvolumes v3, persistentvolumes v4, persistentvolumes v5, pods a/p, pods a/q, "
         "pods b/idle, pods b/p, pods b/q, priorityclasses.scheduling.k8s.io high"},
        {"NewFiltersClaims", "--include-namespace-scoped-resources pvc",
         "namespaces a, namespaces b, persistentvolumeclaims a/data, persistentvolumeclaims a/logs, "
         "persistentvolumeclaims b/data, persistentvolumeclaims b/more, persistentvolumeclaims b/spare, "
         "persistentvolumes v1, persistentvolumes v3, persistentvolumes v4, persistentvolumes v5"},
        {"NewFiltersWithoutVolumes", "--exclude-cluster-scoped-resources pv",
         "namespaces a, namespaces b, persistentvolumeclaims a/data, persistentvolumeclaims a/logs, "
         "persistentvolumeclaims b/data, persistentvolumeclaims b/more, persistentvolumeclaims b/spare, pods a/p, pods "
         "a/q, pods b/idle, pods b/p, pods b/q, priorityclasses.scheduling.k8s.io high"},
        {"NewFiltersWithoutPriorityClasses", "--exclude-cluster-scoped-resources priorityclasses",
         "namespaces a, namespaces b, persistentvolumeclaims a/data, persistentvolumeclaims a/logs, "
         "persistentvolumeclaims b/data, persistentvolumeclaims b/more, persistentvolumeclaims b/spare, "
         "persistentvolumes v1, persistentvolumes v3, persistentvolumes v4, persistentvolumes v5, pods a/p, pods a/q, "
         "pods b/idle, pods b/p, pods b/q"},
        {"NewFiltersWithoutClaims", "--exclude-namespace-scoped-resources pvc",
         "namespaces a, namespaces b, pods a/p, pods a/q, pods b/idle, pods b/p, pods b/q, "
         "priorityclasses.scheduling.k8s.io high"},
        {"NewFiltersWithoutAnyClusterScope", "--exclude-cluster-scoped-resources *",
         "persistentvolumeclaims a/data, persistentvolumeclaims a/logs, persistentvolumeclaims b/data, "
         "persistentvolumeclaims b/more, persistentvolumeclaims b/spare, pods a/p, pods a/q, pods b/idle, pods b/p, "
         "pods b/q"},
        {"NewFiltersWithAllVolumes", "--include-cluster-scoped-resources pv",
         "namespaces a, namespaces b, persistentvolumeclaims a/data, persistentvolumeclaims a/logs, "
         "persistentvolumeclaims b/data, persistentvolumeclaims b/more, persistentvolumeclaims b/spare, "
         "persistentvolumes v1, persistentvolumes v2, persistentvolumes v3, persistentvolumes v4, persistentvolumes "
         "v5, persistentvolumes v6, pods a/p, pods a/q, pods b/idle, pods b/p, pods b/q, "
         "priorityclasses.scheduling.k8s.io high"},
        {"SelectedPodBringsUnselectedClaimsAndTheirOtherRunningPods", "--selector app=web",
         "namespaces a, namespaces b, persistentvolumeclaims a/data, persistentvolumeclaims a/logs, "
         "persistentvolumeclaims b/data, persistentvolumeclaims b/more, persistentvolumes v1, persistentvolumes v3, "
         "persistentvolumes v4, pods a/p, pods a/q, pods b/p, pods b/q, priorityclasses.scheduling.k8s.io high"},
        {"SelectedClaimBringsItsRunningPods", "--selector app=db",
         "namespaces a, persistentvolumeclaims a/data, persistentvolumes v1, pods a/p, "
         "priorityclasses.scheduling.k8s.io high"},
        {"SelectedClaimWithoutPods", "--selector app=spare",
         "namespaces b, persistentvolumeclaims b/spare, persistentvolumes v5"},
        {"SelectedClaimBringsNoPodsWhenTheseAreExcluded", "--selector app=db --exclude-namespace-scoped-resources pods",
         "namespaces a, persistentvolumeclaims a/data, persistentvolumes v1"},
        {"SelectedPodInOneNamespace", "--selector app=web --include-namespaces b",
         "namespaces b, persistentvolumeclaims b/data, persistentvolumeclaims b/more, persistentvolumes v3, "
         "persistentvolumes v4, pods b/p, pods b/q"},
        {"AlternativesBringRelatedOnce", "--or-selector app=web or app=db",
         "namespaces a, namespaces b, persistentvolumeclaims a/data, persistentvolumeclaims a/logs, "
         "persistentvolumeclaims b/data, persistentvolumeclaims b/more, persistentvolumes v1, persistentvolumes v3, "
         "persistentvolumes v4, pods a/p, pods a/q, pods b/p, pods b/q, priorityclasses.scheduling.k8s.io high"},
        {"SelectedWithFalse", "--selector app=web --include-cluster-resources=false",
         "persistentvolumeclaims a/data, persistentvolumeclaims a/logs, persistentvolumeclaims b/data, "
         "persistentvolumeclaims b/more, pods a/p, pods a/q, pods b/p, pods b/q"},
        {"SelectedWithTrue", "--selector app=web --include-cluster-resources=true",
         "namespaces a, namespaces b, persistentvolumeclaims a/data, persistentvolumeclaims a/logs, "
         "persistentvolumeclaims b/data, persistentvolumeclaims b/more, persistentvolumes v1, persistentvolumes v3, "
         "persistentvolumes v4, pods a/p, pods a/q, pods b/p, pods b/q, priorityclasses.scheduling.k8s.io high"},
        {"SelectedPodsOnly", "--selector app=web --include-resources pods", "pods a/q, pods b/p"},
        {"SelectedPodsAndClaims", "--selector app=web --include-resources pods,pvc",
         "persistentvolumeclaims a/data, persistentvolumeclaims a/logs, persistentvolumeclaims b/data, "
         "persistentvolumeclaims b/more, pods a/p, pods a/q, pods b/p, pods b/q"},
    },
};

// Claims that are snapshotted together.
const Group kVolumeGroups{
    {"persistentvolumeclaims a/one volume:v1 app=db velero.io/volume-group=g",
     "persistentvolumeclaims a/two volume:v2 velero.io/volume-group=g",
     "persistentvolumeclaims a/three volume:v3 velero.io/volume-group=h",
     "persistentvolumeclaims b/four volume:v4 velero.io/volume-group=g", "persistentvolumes v1", "persistentvolumes v2",
     "persistentvolumes v3", "persistentvolumes v4", "pods a/p claim:two running"},
    {
        {"ASelectedClaimBringsItsGroupAndWhatUsesIt", "--selector app=db",
         "namespaces a, persistentvolumeclaims a/one, persistentvolumeclaims a/two, persistentvolumes v1, "
         "persistentvolumes v2, pods a/p"},
        {"TheGroupEndsAtTheNamespace", "--selector app=db --include-namespaces a,b",
         "namespaces a, persistentvolumeclaims a/one, persistentvolumeclaims a/two, persistentvolumes v1, "
         "persistentvolumes v2, pods a/p"},
        {"WithoutSelectorTheGroupChangesNothing", "--include-namespaces a",
         "namespaces a, persistentvolumeclaims a/one, persistentvolumeclaims a/three, persistentvolumeclaims a/two, "
         "persistentvolumes v1, persistentvolumes v2, persistentvolumes v3, pods a/p"},
        {"SelectedClaimsOfTheGroupWithoutPods", "--selector app=db --include-namespace-scoped-resources pvc",
         "namespaces a, persistentvolumeclaims a/one, persistentvolumeclaims a/two, persistentvolumes v1, "
         "persistentvolumes v2"},
    },
};

// Service accounts, cluster role bindings and cluster roles.
const Group kRelatedRoles{
    {"serviceaccounts a/robot app=web", "serviceaccounts a/idle", "serviceaccounts b/robot",
     "clusterrolebindings one account:a/robot role:admin",
     "clusterrolebindings two account:b/robot account:a/robot role:view",
     "clusterrolebindings three account:c/robot role:edit", "clusterroles admin", "clusterroles view",
     "clusterroles edit", "roles a/local", "secrets a/s app=web"},
    {
        {"TheAccountsOfOneNamespace", "--include-namespaces a",
         "clusterrolebindings.rbac.authorization.k8s.io one, clusterrolebindings.rbac.authorization.k8s.io two, "
         "clusterroles.rbac.authorization.k8s.io admin, clusterroles.rbac.authorization.k8s.io view, namespaces a, "
         "roles.rbac.authorization.k8s.io a/local, secrets a/s, serviceaccounts a/idle, serviceaccounts a/robot"},
        {"TheAccountsOfAnotherNamespace", "--include-namespaces b",
         "clusterrolebindings.rbac.authorization.k8s.io two, clusterroles.rbac.authorization.k8s.io view, namespaces "
         "b, serviceaccounts b/robot"},
        {"EveryNamespace", "",
         "clusterrolebindings.rbac.authorization.k8s.io one, clusterrolebindings.rbac.authorization.k8s.io two, "
         "clusterroles.rbac.authorization.k8s.io admin, clusterroles.rbac.authorization.k8s.io view, namespaces a, "
         "namespaces b, roles.rbac.authorization.k8s.io a/local, secrets a/s, serviceaccounts a/idle, serviceaccounts "
         "a/robot, serviceaccounts b/robot"},
        {"OldFiltersUnset", "--include-resources serviceaccounts",
         "serviceaccounts a/idle, serviceaccounts a/robot, serviceaccounts b/robot"},
        {"OldFiltersTrue", "--include-resources serviceaccounts --include-cluster-resources=true",
         "clusterrolebindings.rbac.authorization.k8s.io one, clusterrolebindings.rbac.authorization.k8s.io two, "
         "clusterroles.rbac.authorization.k8s.io admin, clusterroles.rbac.authorization.k8s.io view, serviceaccounts "
         "a/idle, serviceaccounts a/robot, serviceaccounts b/robot"},
        {"OldFiltersTrueInOneNamespace",
         "--include-resources serviceaccounts --include-cluster-resources=true --include-namespaces b",
         "clusterrolebindings.rbac.authorization.k8s.io two, clusterroles.rbac.authorization.k8s.io view, "
         "serviceaccounts b/robot"},
        {"OldFiltersFalse", "--include-resources serviceaccounts --include-cluster-resources=false",
         "serviceaccounts a/idle, serviceaccounts a/robot, serviceaccounts b/robot"},
        {"WithoutBindings", "--include-namespaces a --exclude-cluster-scoped-resources clusterrolebindings",
         "clusterroles.rbac.authorization.k8s.io admin, clusterroles.rbac.authorization.k8s.io view, namespaces a, "
         "roles.rbac.authorization.k8s.io a/local, secrets a/s, serviceaccounts a/idle, serviceaccounts a/robot"},
        {"WithoutRoles", "--include-namespaces a --exclude-cluster-scoped-resources clusterroles",
         "clusterrolebindings.rbac.authorization.k8s.io one, clusterrolebindings.rbac.authorization.k8s.io two, "
         "namespaces a, roles.rbac.authorization.k8s.io a/local, secrets a/s, serviceaccounts a/idle, serviceaccounts "
         "a/robot"},
        {"WithAllRoles", "--include-namespaces a --include-cluster-scoped-resources clusterroles",
         "clusterrolebindings.rbac.authorization.k8s.io one, clusterrolebindings.rbac.authorization.k8s.io two, "
         "clusterroles.rbac.authorization.k8s.io admin, clusterroles.rbac.authorization.k8s.io edit, "
         "clusterroles.rbac.authorization.k8s.io view, namespaces a, roles.rbac.authorization.k8s.io a/local, secrets "
         "a/s, serviceaccounts a/idle, serviceaccounts a/robot"},
        {"WithAllBindings", "--include-namespaces a --include-cluster-scoped-resources clusterrolebindings",
         "clusterrolebindings.rbac.authorization.k8s.io one, clusterrolebindings.rbac.authorization.k8s.io three, "
         "clusterrolebindings.rbac.authorization.k8s.io two, clusterroles.rbac.authorization.k8s.io admin, "
         "clusterroles.rbac.authorization.k8s.io view, namespaces a, roles.rbac.authorization.k8s.io a/local, secrets "
         "a/s, serviceaccounts a/idle, serviceaccounts a/robot"},
        {"WithoutAccounts", "--include-namespaces a --exclude-namespace-scoped-resources serviceaccounts",
         "namespaces a, roles.rbac.authorization.k8s.io a/local, secrets a/s"},
        {"SelectedAccount", "--selector app=web",
         "clusterrolebindings.rbac.authorization.k8s.io one, clusterrolebindings.rbac.authorization.k8s.io two, "
         "clusterroles.rbac.authorization.k8s.io admin, clusterroles.rbac.authorization.k8s.io view, namespaces a, "
         "secrets a/s, serviceaccounts a/robot"},
        {"SelectedAccountWithBindingsListed",
         "--selector app=web --include-cluster-scoped-resources clusterrolebindings",
         "clusterrolebindings.rbac.authorization.k8s.io one, clusterrolebindings.rbac.authorization.k8s.io two, "
         "clusterroles.rbac.authorization.k8s.io admin, clusterroles.rbac.authorization.k8s.io view, namespaces a, "
         "secrets a/s, serviceaccounts a/robot"},
        {"SelectedNothing", "--selector app=nobody", ""},
    },
};

}  // namespace

TEST(Selection, BringsClaimsVolumesAndPriorityClasses) { expect_all(kRelatedVolumes); }
TEST(Selection, BringsVolumeGroups) { expect_all(kVolumeGroups); }
TEST(Selection, BringsBindingsAndRoles) { expect_all(kRelatedRoles); }

}  // namespace salvor::backup
