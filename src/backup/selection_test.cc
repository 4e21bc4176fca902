// Which objects a backup holds, as a table: the flags of `backup create` on the left, the archive on the right.
// Every line was compared with what stock Velero 1.18.3 saves from the same objects; "refused" may also be a run that
// Velero starts and gives up. Here: namespaces, selectors, the exclude label, twins and versions.
// selection_kinds_test.cc and selection_related_test.cc hold the rest.
#include <gtest/gtest.h>

#include "backup/testing.h"

namespace salvor::backup {

namespace {

using testing::expect_all;
using testing::Group;

// Namespaces by name.
const Group kNamespaceFilters{
    {"secrets a/s", "secrets b/s", "secrets c/s", "clusterroles r"},
    {
        {"NoFilterMeansEveryNamespace", "",
         "namespaces a, namespaces b, namespaces c, secrets a/s, secrets b/s, secrets c/s"},
        {"StarMeansEveryNamespace", "--include-namespaces *",
         "namespaces a, namespaces b, namespaces c, secrets a/s, secrets b/s, secrets c/s"},
        {"OneNamespace", "--include-namespaces a", "namespaces a, secrets a/s"},
        {"TwoNamespaces", "--include-namespaces a,c", "namespaces a, namespaces c, secrets a/s, secrets c/s"},
        {"TheSameNamespaceTwice", "--include-namespaces a,a", "namespaces a, secrets a/s"},
        {"AllButOne", "--exclude-namespaces b", "namespaces a, namespaces c, secrets a/s, secrets c/s"},
        {"StarButOne", "--include-namespaces * --exclude-namespaces b",
         "namespaces a, namespaces c, secrets a/s, secrets c/s"},
        {"AllButTwo", "--exclude-namespaces a,b", "namespaces c, secrets c/s"},
        {"AllButAll", "--exclude-namespaces a,b,c", ""},
        {"ExcludingAMissingNamespaceChangesNothing", "--exclude-namespaces nobody",
         "namespaces a, namespaces b, namespaces c, secrets a/s, secrets b/s, secrets c/s"},
        {"AMissingNamespaceBesideAnExistingOne", "--include-namespaces a,nobody", "namespaces a, secrets a/s"},
        {"OnlyAMissingNamespace", "--include-namespaces nobody", ""},
        {"IncludedAndExcludedContradict", "--include-namespaces a,b --exclude-namespaces b", "refused"},
        {"OneIncludedAnotherExcluded", "--include-namespaces a --exclude-namespaces b", "namespaces a, secrets a/s"},
        {"EveryNamespaceByNameIsEverythingForTheOldFilters", "--include-namespaces a,b,c --exclude-resources pods",
         "clusterroles.rbac.authorization.k8s.io r, namespaces a, namespaces b, namespaces c, secrets a/s, secrets "
         "b/s, secrets c/s"},
        {"NamespacesByNameAreNotEverythingWhenOneIsMissing", "--include-namespaces a,b --exclude-resources pods",
         "namespaces a, namespaces b, secrets a/s, secrets b/s"},
        {"AnExcludedNamespaceIsNotEverything", "--exclude-namespaces nobody --exclude-resources pods",
         "namespaces a, namespaces b, namespaces c, secrets a/s, secrets b/s, secrets c/s"},
        {"StarIsEverythingForTheOldFilters", "--include-namespaces * --exclude-resources pods",
         "clusterroles.rbac.authorization.k8s.io r, namespaces a, namespaces b, namespaces c, secrets a/s, secrets "
         "b/s, secrets c/s"},
        {"StarBesideANameIsRefused", "--include-namespaces *,a", "refused"},
        {"ExcludingStarIsRefused", "--exclude-namespaces *", "refused"},
    },
};

// Namespaces by wildcard.
const Group kNamespacePatterns{
    {"secrets team-a/s", "secrets team-b/s", "secrets prod/s", "secrets dev-1/s", "clusterroles r"},
    {
        {"APrefix", "--include-namespaces team-*",
         "namespaces team-a, namespaces team-b, secrets team-a/s, secrets team-b/s"},
        {"ASuffix", "--include-namespaces *-a", "namespaces team-a, secrets team-a/s"},
        {"AnInfix", "--include-namespaces *o*", "namespaces prod, secrets prod/s"},
        {"OneCharacter", "--include-namespaces team-?",
         "namespaces team-a, namespaces team-b, secrets team-a/s, secrets team-b/s"},
        {"ASet", "--include-namespaces team-[a]", "namespaces team-a, secrets team-a/s"},
        {"ASetOfTwo", "--include-namespaces [pd]*",
         "namespaces dev-1, namespaces prod, secrets dev-1/s, secrets prod/s"},
        {"ARange", "--include-namespaces dev-[0-9]", "namespaces dev-1, secrets dev-1/s"},
        {"ARangeThatMisses", "--include-namespaces dev-[2-9]", ""},
        {"PatternAndName", "--include-namespaces team-*,prod",
         "namespaces prod, namespaces team-a, namespaces team-b, secrets prod/s, secrets team-a/s, secrets team-b/s"},
        {"TwoPatternsThatOverlap", "--include-namespaces team-*,*-a",
         "namespaces team-a, namespaces team-b, secrets team-a/s, secrets team-b/s"},
        {"AnExcludedPattern", "--exclude-namespaces team-*",
         "namespaces dev-1, namespaces prod, secrets dev-1/s, secrets prod/s"},
        {"AnExcludedPatternBesideStar", "--include-namespaces * --exclude-namespaces dev-?",
         "namespaces prod, namespaces team-a, namespaces team-b, secrets prod/s, secrets team-a/s, secrets team-b/s"},
        {"PatternMinusName", "--include-namespaces team-* --exclude-namespaces team-b",
         "namespaces team-a, secrets team-a/s"},
        {"NameListMinusPattern", "--include-namespaces team-a,prod --exclude-namespaces p*",
         "namespaces team-a, secrets team-a/s"},
        {"PatternMinusTheSameNamespaces", "--include-namespaces team-* --exclude-namespaces team-?", ""},
        {"PatternThatMatchesNothingMeansNone", "--include-namespaces nothing-*", ""},
        {"PatternThatMatchesNothingStillCountsAsEverythingForClusterScope",
         "--include-namespaces nothing-* --exclude-resources pods", "clusterroles.rbac.authorization.k8s.io r"},
        {"PatternThatMatchesAllIsEverythingForTheOldFilters", "--include-namespaces [a-z]* --exclude-resources pods",
         "clusterroles.rbac.authorization.k8s.io r, namespaces dev-1, namespaces prod, namespaces team-a, namespaces "
         "team-b, secrets dev-1/s, secrets prod/s, secrets team-a/s, secrets team-b/s"},
        {"TwoRangesInOneSetAreRefused", "--include-namespaces [a-z0-9]*", "refused"},
        {"ExcludedPatternThatMatchesNothing", "--exclude-namespaces nothing-*",
         "namespaces dev-1, namespaces prod, namespaces team-a, namespaces team-b, secrets dev-1/s, secrets prod/s, "
         "secrets team-a/s, secrets team-b/s"},
        {"ExcludedPatternThatMatchesNothingIsStillARestriction",
         "--exclude-namespaces nothing-* --exclude-resources pods",
         "namespaces dev-1, namespaces prod, namespaces team-a, namespaces team-b, secrets dev-1/s, secrets prod/s, "
         "secrets team-a/s, secrets team-b/s"},
        {"ExpandedExcludesThatMatchNothingAreNoRestriction",
         "--include-namespaces team-a,team-b,prod,dev-1 --exclude-namespaces nothing-* --exclude-resources pods",
         "clusterroles.rbac.authorization.k8s.io r, namespaces dev-1, namespaces prod, namespaces team-a, namespaces "
         "team-b, secrets dev-1/s, secrets prod/s, secrets team-a/s, secrets team-b/s"},
        {"TwoStarsAreRefused", "--include-namespaces team-**", "refused"},
        {"BracesAreRefused", "--include-namespaces {a,b}", "refused"},
        {"AnOpenBracketIsRefused", "--include-namespaces team-[a", "refused"},
        {"AnEmptyBracketIsRefused", "--include-namespaces team-[]", "refused"},
        {"AStrayClosingBracketIsRefused", "--exclude-namespaces team-]", "refused"},
        {"ABarIsRefused", "--include-namespaces a|b", "refused"},
        {"AnExclamationMarkIsRefused", "--include-namespaces team-[!a]", "refused"},
        {"UpperCaseIsRefused", "--include-namespaces Team", "refused"},
        {"ATrailingDashIsRefused", "--include-namespaces team-", "refused"},
        {"AnUnderscoreIsRefused", "--exclude-namespaces team_a", "refused"},
    },
};

// Label selectors; Namespace objects follow what is selected.
const Group kSelectors{
    {"namespaces a", "namespaces b app=web", "namespaces c", "secrets a/x app=web", "secrets a/y app=db",
     "configmaps a/z", "secrets b/x tier=front", "secrets c/x app=db tier=back", "clusterroles r app=web",
     "clusterroles q"},
    {
        {"Equality", "--selector app=web", "namespaces a, namespaces b, secrets a/x"},
        {"DoubleEquality", "--selector app==web", "namespaces a, namespaces b, secrets a/x"},
        {"Inequality", "--selector app!=web",
         "configmaps a/z, namespaces a, namespaces b, namespaces c, secrets a/y, secrets b/x, secrets c/x"},
        {"OneOfSeveral", "--selector app in (web,db)",
         "namespaces a, namespaces b, namespaces c, secrets a/x, secrets a/y, secrets c/x"},
        {"NoneOfSeveral", "--selector app notin (web,db)",
         "configmaps a/z, namespaces a, namespaces b, namespaces c, secrets b/x"},
        {"Existence", "--selector tier", "namespaces b, namespaces c, secrets b/x, secrets c/x"},
        {"Absence", "--selector !app", "configmaps a/z, namespaces a, namespaces b, namespaces c, secrets b/x"},
        {"TwoRequirements", "--selector app=db,tier=back", "namespaces c, secrets c/x"},
        {"AValueNobodyHas", "--selector app=nobody", ""},
        {"AKeyNobodyHas", "--selector nobody", ""},
        {"InOneNamespaceItsObjectComesToo", "--selector app=nobody --include-namespaces a", "namespaces a"},
        {"InOneNamespaceOthersComeByTheirOwnLabels", "--selector app=web --include-namespaces a",
         "namespaces a, namespaces b, secrets a/x"},
        {"AnExcludedNamespaceComesByItsOwnLabels", "--selector app=web --exclude-namespaces b",
         "namespaces a, namespaces b, namespaces c, secrets a/x"},
        {"WithoutOneNamespaceTheOthersCome", "--selector app=db --exclude-namespaces c",
         "namespaces a, namespaces b, secrets a/y"},
        {"OneKind", "--selector app=web --include-resources secrets", "secrets a/x"},
        {"OneKindAndNamespaces", "--selector app=web --include-resources secrets,namespaces",
         "namespaces a, namespaces b, secrets a/x"},
        {"ClusterScopedTrue", "--selector app=web --include-cluster-resources=true",
         "clusterroles.rbac.authorization.k8s.io r, namespaces a, namespaces b, secrets a/x"},
        {"ClusterScopedIncluded", "--selector app=web --include-cluster-scoped-resources *",
         "clusterroles.rbac.authorization.k8s.io r, namespaces a, namespaces b, secrets a/x"},
        {"TwoAlternatives", "--or-selector app=web or tier=front",
         "namespaces a, namespaces b, secrets a/x, secrets b/x"},
        {"AlternativesThatOverlapAreMergedOnce", "--or-selector app=db or tier=back",
         "namespaces a, namespaces c, secrets a/y, secrets c/x"},
        {"AlternativesOfWhichOneMatchesNothing", "--or-selector app=nobody or tier=back", "namespaces c, secrets c/x"},
        {"OneAlternative", "--or-selector app=web", "namespaces a, namespaces b, secrets a/x"},
        {"AlternativesInOneNamespace", "--or-selector app=web or tier=front --include-namespaces c",
         "namespaces b, namespaces c"},
        {"AlternativesWithSeveralRequirements", "--or-selector app=db,tier=back or app=web",
         "namespaces a, namespaces b, namespaces c, secrets a/x, secrets c/x"},
        {"AlternativesOverNamespaceLabels", "--or-selector app=web or nobody",
         "namespaces a, namespaces b, secrets a/x"},
        {"AlternativesWithClusterScope",
         "--or-selector app=web or app=db --include-cluster-scoped-resources clusterroles",
         "clusterroles.rbac.authorization.k8s.io r, namespaces a, namespaces b, namespaces c, secrets a/x, secrets "
         "a/y, secrets c/x"},
        {"BothKindsOfSelectorAreRefused", "--selector app=web --or-selector tier=front or tier=back", "refused"},
    },
};

// The label velero.io/exclude-from-backup and deletion.
const Group kExcludeLabelCases{
    {"namespaces a", "namespaces b", "namespaces c velero.io/exclude-from-backup=true", "namespaces d deleting",
     "secrets a/s velero.io/exclude-from-backup=true app=web",
     "secrets a/t velero.io/exclude-from-backup=false app=web", "secrets b/s deleting", "secrets b/t app=web",
     "secrets c/s app=web", "secrets d/s app=web", "clusterroles r velero.io/exclude-from-backup=true",
     "clusterroles q", "clusterroles p deleting", "persistentvolumeclaims a/c volume:v",
     "persistentvolumes v velero.io/exclude-from-backup=true"},
    {
        {"LabelledObjectsAndNamespacesStayOut", "",
         "namespaces a, namespaces b, persistentvolumeclaims a/c, secrets a/t, secrets b/t, secrets d/s"},
        {"OnlyTheValueTrueCounts", "--include-namespaces a", "namespaces a, persistentvolumeclaims a/c, secrets a/t"},
        {"ALabelledNamespaceCannotBeIncluded", "--include-namespaces c", "refused"},
        {"ALabelledNamespaceBesideAPattern", "--include-namespaces [a-d]",
         "namespaces a, namespaces b, persistentvolumeclaims a/c, secrets a/t, secrets b/t, secrets d/s"},
        {"ALabelledNamespaceIsAnExclusionAndTakesClusterScopeAway", "--exclude-resources pods",
         "namespaces a, namespaces b, persistentvolumeclaims a/c, secrets a/t, secrets b/t, secrets d/s"},
        {"LabelledClusterScopedObjects", "--include-cluster-scoped-resources clusterroles",
         "clusterroles.rbac.authorization.k8s.io q, namespaces a, namespaces b, persistentvolumeclaims a/c, secrets "
         "a/t, secrets b/t, secrets d/s"},
        {"LabelledClusterScopedObjectsWithTrue", "--include-cluster-resources=true",
         "clusterroles.rbac.authorization.k8s.io q, namespaces a, namespaces b, persistentvolumeclaims a/c, secrets "
         "a/t, secrets b/t, secrets d/s"},
        {"LabelledRelatedObjects", "--include-namespaces a --include-resources pvc,pv --include-cluster-resources=true",
         "persistentvolumeclaims a/c"},
        {"TheLabelBeatsASelector", "--selector app=web",
         "namespaces a, namespaces b, secrets a/t, secrets b/t, secrets d/s"},
        {"AnObjectWithTheLabelStillMarksItsNamespace", "--selector velero.io/exclude-from-backup=true",
         "namespaces a, namespaces b"},
        {"DeletedObjectsStayOut", "--include-namespaces b", "namespaces b, secrets b/t"},
        {"ADeletedNamespaceStaysOutButNotItsObjects", "--include-namespaces d", "secrets d/s"},
        {"LabelledNamespaceExcludedByNameAsWell", "--exclude-namespaces c",
         "namespaces a, namespaces b, persistentvolumeclaims a/c, secrets a/t, secrets b/t, secrets d/s"},
        {"AlternativesBesideTheLabel", "--or-selector app=web or velero.io/exclude-from-backup=true",
         "namespaces a, namespaces b, secrets a/t, secrets b/t, secrets d/s"},
    },
};

// Kinds that are served twice, and CSI snapshots.
const Group kTwins{
    {"events a/e app=web", "events.events.k8s.io a/e app=web", "volumesnapshots a/snap",
     "volumesnapshotcontents content", "persistentvolumes v"},
    {
        {"EventsAreSavedOnce", "--include-resources events,events.events.k8s.io", "events a/e"},
        {"EventsOfTheOtherGroupWhenTheCoreOnesAreExcluded", "--exclude-resources events",
         "events.events.k8s.io a/e, namespaces a, persistentvolumes v"},
        {"EventsOfTheOtherGroupAlone", "--include-resources events.events.k8s.io", "events.events.k8s.io a/e"},
        {"SnapshotsAreNeverListed", "", "events a/e, namespaces a"},
        {"SnapshotsAreNeverListedWithTrue", "--include-cluster-resources=true",
         "events a/e, namespaces a, persistentvolumes v"},
        {"SnapshotsAloneLeaveAnEmptyListWhichIsEverything",
         "--include-resources volumesnapshots.snapshot.storage.k8s.io",
         "events a/e, namespaces a, persistentvolumes v"},
        {"SnapshotsBesideAnotherKind", "--include-resources volumesnapshots.snapshot.storage.k8s.io,pv",
         "persistentvolumes v"},
        {"SnapshotsByShortNameStayExcluded", "--include-resources volumesnapshots", ""},
        {"SnapshotContentsIncluded",
         "--include-cluster-scoped-resources volumesnapshotcontents.snapshot.storage.k8s.io,pv",
         "events a/e, namespaces a, persistentvolumes v"},
        {"SnapshotsAmongNamespacedKindsLeaveAnEmptyList",
         "--include-namespace-scoped-resources volumesnapshots.snapshot.storage.k8s.io", "events a/e, namespaces a"},
    },
};

// Only preferred versions are saved.
const Group kVersions{
    {"widgets a/w app=web", "widgets.example.com@v1beta1 a/w app=web", "pods a/p",
     "customresourcedefinitions widgets.example.com"},
    {
        {"OnlyThePreferredVersion", "",
         "customresourcedefinitions.apiextensions.k8s.io widgets.example.com, namespaces a, pods a/p, "
         "widgets.example.com a/w"},
        {"TheOtherVersionCannotBeNamed", "--include-resources widgets.example.com", "widgets.example.com a/w"},
    },
};

// The feature EnableAPIGroupVersions saves every version.
const Group kAllVersions{
    {"widgets a/w app=web", "widgets.example.com@v1beta1 a/w app=web", "pods a/p",
     "customresourcedefinitions widgets.example.com"},
    {
        {"EveryVersion", "",
         "customresourcedefinitions.apiextensions.k8s.io widgets.example.com, namespaces a, pods a/p, "
         "widgets.example.com a/w, widgets.example.com@v1beta1 a/w"},
        {"EveryVersionOfOneKind", "--include-resources widgets",
         "widgets.example.com a/w, widgets.example.com@v1beta1 a/w"},
        {"EveryVersionOfSelectedObjects", "--selector app=web",
         "customresourcedefinitions.apiextensions.k8s.io widgets.example.com, namespaces a, widgets.example.com a/w, "
         "widgets.example.com@v1beta1 a/w"},
        {"EveryVersionWithOrder", "--ordered-resources widgets=a/w",
         "customresourcedefinitions.apiextensions.k8s.io widgets.example.com, namespaces a, pods a/p, "
         "widgets.example.com a/w, widgets.example.com@v1beta1 a/w"},
    },
};

}  // namespace

TEST(Selection, FollowsNamespaceNames) { expect_all(kNamespaceFilters); }
TEST(Selection, FollowsNamespacePatterns) { expect_all(kNamespacePatterns); }
TEST(Selection, FollowsLabelSelectors) { expect_all(kSelectors); }
TEST(Selection, LeavesOutWhatIsLabelledOrDeleted) { expect_all(kExcludeLabelCases); }
TEST(Selection, TakesTwinsOnceAndSnapshotsNever) { expect_all(kTwins); }
TEST(Selection, TakesPreferredVersions) { expect_all(kVersions); }
TEST(Selection, TakesAllVersionsWhenAsked) { expect_all(kAllVersions, {.all_versions = true}); }

}  // namespace salvor::backup
