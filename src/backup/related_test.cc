#include "backup/related.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace salvor::backup {

namespace {

using nlohmann::json;

json bound_claim() {
  return {{"metadata", {{"name", "data"}}}, {"spec", {{"volumeName", "v"}}}, {"status", {{"phase", "Bound"}}}};
}

// What is stored of a claim; null when it is stored as it is.
json stored(const json& claim) {
  const Result<std::optional<std::string>> text = stored_claim(claim.dump(), "nightly");
  EXPECT_TRUE(text.ok());
  return *text ? json::parse(**text) : json();
}

}  // namespace

TEST(StoredClaim, IsTheObjectItselfWhenNothingIsStale) {
  EXPECT_TRUE(stored(bound_claim()).is_null());
  json claim = bound_claim();
  claim["metadata"]["labels"] = {{"app", "web"}, {"velero.io/backup-name", "nightly"}, {"velero.io/other", "x"}};
  EXPECT_TRUE(stored(claim).is_null());
}

TEST(StoredClaim, LosesItsDataSources) {
  json claim = bound_claim();
  claim["spec"]["dataSource"] = {{"kind", "VolumeSnapshot"}};
  claim["spec"]["dataSourceRef"] = {{"kind", "VolumeSnapshot"}};
  EXPECT_EQ(stored(claim), bound_claim());
}

TEST(StoredClaim, LosesTheLabelsOfEarlierBackupsAndRestores) {
  json claim = bound_claim();
  claim["metadata"]["labels"] = {{"velero.io/backup-name", "weekly"},
                                 {"velero.io/restore-name", "r"},
                                 {"velero.io/volume-snapshot-name", "s"},
                                 {"backup.velero.io/must-include-additional-items", "true"}};
  EXPECT_EQ(stored(claim), bound_claim());
}

TEST(StoredClaim, LosesItsSelectorUnlessItAsksForNoStorageClass) {
  json claim = bound_claim();
  claim["spec"]["selector"] = {{"matchLabels", {{"velero.io/dynamic-pv-restore", "x"}, {"disk", "ssd"}}}};
  EXPECT_EQ(stored(claim), bound_claim());
  claim["spec"]["storageClassName"] = "";
  EXPECT_EQ(stored(claim)["spec"]["selector"], json({{"matchLabels", {{"disk", "ssd"}}}}));
}

TEST(StoredClaim, StaysAsItIsUntilItIsBound) {
  json claim = bound_claim();
  claim["spec"]["dataSource"] = {{"kind", "VolumeSnapshot"}};
  claim["status"]["phase"] = "Pending";
  EXPECT_TRUE(stored(claim).is_null());
}

TEST(RelatedFacts, SurviveDocumentsOfAnyShape) {
  for (const char* text : {"{}", "[]", "null", R"({"spec":[],"status":7,"subjects":{},"roleRef":"x"})",
                           R"({"spec":{"volumes":[null,{"persistentVolumeClaim":1}],"priorityClassName":{}}})",
                           R"({"subjects":[1,{"kind":"ServiceAccount"}]})"}) {
    EXPECT_TRUE(read_pod(text).ok()) << text;
    EXPECT_TRUE(read_claim(text, "velero.io/volume-group").ok()) << text;
    EXPECT_TRUE(read_binding(text).ok()) << text;
    EXPECT_TRUE(stored_claim(text, "nightly").ok()) << text;
  }
  EXPECT_FALSE(read_pod("{").ok());
}

TEST(RelatedFacts, CallAPodRunningOnlyOnANode) {
  EXPECT_FALSE(read_pod(R"({"status":{"phase":"Running"}})")->running);
  EXPECT_TRUE(read_pod(R"({"spec":{"nodeName":"n"},"status":{"phase":"Running"}})")->running);
  EXPECT_FALSE(read_pod(R"({"spec":{"nodeName":"n"},"status":{"phase":"Pending"}})")->running);
}

}  // namespace salvor::backup
