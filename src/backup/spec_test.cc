#include "backup/spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace salvor::backup {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kManifest = R"({
  "apiVersion": "velero.io/v1", "kind": "Backup",
  "metadata": {"name": "nightly", "namespace": "velero", "labels": {"velero.io/storage-location": "default"},
               "uid": "0a1b", "creationTimestamp": "2026-11-23T01:00:00Z"},
  "spec": {
    "metadata": {}, "includedNamespaces": ["team-*"], "excludedResources": ["events"], "includeClusterResources": true,
    "labelSelector": {"matchLabels": {"app": "web"}}, "orderedResources": {"pods": "a/b"},
    "hooks": {"resources": [{"name": "freeze", "pre": [{"exec": {"command": ["sync"]}}]}]},
    "ttl": "48h0m0s", "csiSnapshotTimeout": "10m0s", "itemOperationTimeout": "4h0m0s", "storageLocation": "default",
    "snapshotVolumes": false, "volumeSnapshotLocations": ["aws"], "resourcePolicy": {"kind": "configmap", "name": "p"}},
  "status": {"version": 1, "formatVersion": "1.1.0", "phase": "Completed", "startTimestamp": "2026-11-23T01:00:01Z",
             "completionTimestamp": "2026-11-23T01:02:03Z", "expiration": "2026-11-25T01:00:01Z", "warnings": 2,
             "progress": {"totalItems": 7, "itemsBackedUp": 7}, "hookStatus": {}, "csiVolumeSnapshotsAttempted": 1}})";

Result<Backup> parse(const std::string& text) { return parse_backup_manifest(Json::parse(text)); }

std::string with_spec(const std::string& spec) {
  return R"({"apiVersion":"velero.io/v1","kind":"Backup","metadata":{"name":"b"},"spec":)" + spec + "}";
}

}  // namespace

TEST(BackupManifest, ComesBackAsItWas) {
  const Result<Backup> backup = parse(kManifest);
  ASSERT_TRUE(backup.ok()) << to_string(backup.error());
  EXPECT_EQ(*to_json(*backup), Json::parse(kManifest));
}

TEST(BackupManifest, GivesTypedFields) {
  const Backup backup = *parse(kManifest);
  EXPECT_EQ(backup.name, "nightly");
  EXPECT_THAT(backup.spec.included_namespaces, ElementsAre("team-*"));
  EXPECT_EQ(backup.spec.include_cluster_resources, true);
  EXPECT_EQ(to_string(*backup.spec.label_selector), "app=web");
  EXPECT_EQ(backup.spec.ttl, std::chrono::hours(48));
  EXPECT_EQ(backup.status.total_items, 7);
  EXPECT_EQ(backup.status.warnings, 2);
}

TEST(BackupManifest, MayBeNearlyEmpty) {
  const Result<Backup> backup = parse(R"({"apiVersion":"velero.io/v1","kind":"Backup","metadata":{"name":"b"}})");
  ASSERT_TRUE(backup.ok());
  EXPECT_EQ(backup->ns, "velero");
  EXPECT_FALSE(backup->spec.uses_old_filters());
}

TEST(BackupManifest, NamesTheFieldItDoesNotUnderstand) {
  const auto message = [](const std::string& spec) { return parse(with_spec(spec)).error().message(); };
  EXPECT_THAT(message(R"({"includedNamespaces":"a"})"), HasSubstr("spec.includedNamespaces is not a list of strings"));
  EXPECT_THAT(message(R"({"includeClusterResources":"yes"})"), HasSubstr("spec.includeClusterResources"));
  EXPECT_THAT(message(R"({"ttl":"soon"})"), HasSubstr("spec.ttl"));
  EXPECT_THAT(message(R"({"labelSelector":{"matchExpressions":[{"key":"a","operator":"Is"}]}})"), HasSubstr("\"Is\""));
  EXPECT_THAT(message(R"({"orLabelSelectors":{}})"), HasSubstr("spec.orLabelSelectors"));
  EXPECT_THAT(message(R"([])"), HasSubstr("spec is not an object"));
  EXPECT_THAT(parse(R"({"apiVersion":"v1","kind":"Pod"})").error().message(), HasSubstr("not a Backup"));
}

TEST(BackupDefaults, FillInWhatVelerosServerFillsIn) {
  BackupSpec spec;
  apply_defaults(spec, {{"a", {}}, {"b", {{"velero.io/exclude-from-backup", "true"}}}});
  EXPECT_THAT(spec.included_namespaces, ElementsAre("*"));
  EXPECT_THAT(spec.excluded_namespaces, ElementsAre("b"));
  EXPECT_THAT(spec.excluded_cluster_scoped_resources, ElementsAre("volumesnapshotcontents.snapshot.storage.k8s.io"));
  EXPECT_THAT(spec.excluded_namespace_scoped_resources, ElementsAre("volumesnapshots.snapshot.storage.k8s.io"));
  EXPECT_EQ(spec.ttl, std::chrono::hours(720));
  EXPECT_THAT(validate(spec), IsEmpty());
  const BackupSpec once = spec;
  apply_defaults(spec, {{"b", {{"velero.io/exclude-from-backup", "true"}}}});
  EXPECT_EQ(spec.excluded_namespaces, once.excluded_namespaces);
  EXPECT_EQ(spec.excluded_namespace_scoped_resources, once.excluded_namespace_scoped_resources);
}

TEST(BackupDefaults, DoNotTurnNewFiltersIntoOldOnes) {
  BackupSpec fresh, old;
  old.excluded_resources = {"pods"};
  apply_defaults(fresh, {});
  apply_defaults(old, {});
  EXPECT_FALSE(fresh.uses_old_filters());
  EXPECT_THAT(validate(old), IsEmpty());
  EXPECT_EQ(old.excluded_resources.size(), 3u);
}

TEST(OrderedResources, AreReadFromTheFlag) {
  const auto orders = *parse_ordered_resources("pods=a/x,a/y; persistentvolumes = v");
  EXPECT_EQ(orders.at("pods"), "a/x,a/y");
  EXPECT_EQ(orders.at("persistentvolumes"), "v");
  EXPECT_FALSE(parse_ordered_resources("pods").ok());
  EXPECT_FALSE(parse_ordered_resources("a=b=c").ok());
  EXPECT_FALSE(parse_ordered_resources("").ok());
}

TEST(OrSelectors, AreReadFromTheFlag) {
  EXPECT_EQ(parse_or_selectors("a=b or c in (d,e)")->size(), 2u);
  EXPECT_FALSE(parse_or_selectors("a=b or c in").ok());
}

}  // namespace salvor::backup
