#include "backup/volume_info.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace salvor::backup {
namespace {

const kube::Resource kPod{.version = "v1", .plural = "pods", .kind = "Pod", .namespaced = true};
const kube::Resource kClaim{
    .version = "v1", .plural = "persistentvolumeclaims", .kind = "PersistentVolumeClaim", .namespaced = true};
const kube::Resource kVolume{.version = "v1", .plural = "persistentvolumes", .kind = "PersistentVolume"};

constexpr const char* kBoundClaim = R"({"spec":{"volumeName":"pv-1"},"status":{"phase":"Bound"}})";
constexpr const char* kMountingPod =
    R"({"spec":{"volumes":[{"name":"d","persistentVolumeClaim":{"claimName":"data"}}]}})";

class VolumeInfoTest : public ::testing::Test {
 protected:
  void note(const kube::Resource& resource, const std::string& ns, const std::string& name, const std::string& text) {
    kube::ObjectHead head;
    head.ns = ns;
    head.name = name;
    ASSERT_TRUE(info.note(resource, head, text).ok());
  }
  void note_volume(const std::string& name, const std::string& policy, const std::string& claim = "") {
    note(kVolume, "", name,
         R"({"metadata":{"name":")" + name + R"("},"spec":{"persistentVolumeReclaimPolicy":")" + policy + "\"" +
             (claim.empty() ? "" : R"(,"claimRef":{"namespace":"team","name":")" + claim + "\"}") + "}}");
  }

  BackupSpec spec;
  VolumeInfo info{spec};
};

TEST_F(VolumeInfoTest, IsAnEmptyListWithoutVolumes) {
  note(kPod, "team", "web", kMountingPod);
  note(kClaim, "team", "data", kBoundClaim);
  EXPECT_EQ(info.to_json().dump(), "[]");
}

TEST_F(VolumeInfoTest, TellsOfASkippedVolumeWhatVeleroTells) {
  note(kPod, "team", "web", kMountingPod);
  note(kClaim, "team", "data", kBoundClaim);
  note_volume("pv-1", "Retain", "data");
  EXPECT_EQ(info.to_json(), Json::parse(R"([{"pvName":"pv-1","pvcName":"data","pvcNamespace":"team","skipped":true,
    "snapshotDataMoved":false,"preserveLocalSnapshot":false,"pvInfo":{"reclaimPolicy":"Retain","labels":null},
    "skippedReason":"podvolume: opted out due to annotation in pod web;volumeSnapshot: no applicable volumesnapshotter found;"}])"));
}

TEST_F(VolumeInfoTest, NamesTheFirstPodWhateverTheirOrder) {
  note(kPod, "team", "web-b", kMountingPod);
  note(kPod, "team", "web-a", kMountingPod);
  note(kPod, "team", "web-c", kMountingPod);
  note(kClaim, "team", "data", kBoundClaim);
  note_volume("pv-1", "Retain", "data");
  EXPECT_THAT(info.to_json()[0]["skippedReason"].get<std::string>(), ::testing::HasSubstr("in pod web-a;"));
}

TEST_F(VolumeInfoTest, APodWithoutItsClaimInTheBackupIsNoReason) {
  note(kPod, "team", "web", kMountingPod);
  note_volume("pv-1", "Retain", "data");
  EXPECT_EQ(info.to_json()[0]["skippedReason"], "volumeSnapshot: no applicable volumesnapshotter found;");
}

TEST_F(VolumeInfoTest, AnUnclaimedVolumeHasNoClaim) {
  note_volume("spare", "Delete");
  const Json entry = info.to_json()[0];
  EXPECT_FALSE(entry.contains("pvcName"));
  EXPECT_FALSE(entry.contains("pvcNamespace"));
}

TEST_F(VolumeInfoTest, KeepsLabelsAndTheOrderOfNames) {
  note_volume("pv-b", "Delete");
  note(kVolume, "", "pv-a",
       R"({"metadata":{"labels":{"content":"photographs"}},"spec":{"persistentVolumeReclaimPolicy":"Retain"}})");
  EXPECT_EQ(info.to_json()[0]["pvInfo"],
            Json::parse(R"({"reclaimPolicy":"Retain","labels":{"content":"photographs"}})"));
  EXPECT_EQ(info.to_json()[1]["pvName"], "pv-b");
}

TEST_F(VolumeInfoTest, WithoutSnapshotsNoSnapshotterIsMissed) {
  spec.snapshot_volumes = false;
  VolumeInfo off(spec);
  kube::ObjectHead head;
  head.name = "pv-1";
  ASSERT_TRUE(off.note(kVolume, head, R"({"metadata":{},"spec":{}})").ok());
  EXPECT_EQ(off.to_json()[0]["skippedReason"],
            "volumeSnapshot: not satisfy the criteria for VolumePolicy or the legacy snapshot way;");
}

TEST_F(VolumeInfoTest, FilesThatAPodAsksForAreToldToBeMissing) {
  note(kPod, "team", "web",
       R"({"metadata":{"annotations":{"backup.velero.io/backup-volumes":"cache,d"}},"spec":{"volumes":[
    {"name":"d","persistentVolumeClaim":{"claimName":"data"}},{"name":"cache","emptyDir":{}},{"name":"tmp","emptyDir":{}}]}})");
  note(kClaim, "team", "data", kBoundClaim);
  note_volume("pv-1", "Retain", "data");
  ASSERT_EQ(info.unsaved().size(), 1u);
  EXPECT_EQ(info.unsaved()[0].ns, "team");
  EXPECT_THAT(info.unsaved()[0].message, ::testing::HasSubstr("pod team/web in d, cache are not saved"));
  EXPECT_THAT(info.to_json()[0]["skippedReason"].get<std::string>(),
              ::testing::HasSubstr("is not saved by this version"));
}

TEST_F(VolumeInfoTest, ByDefaultAskedForIsWhatBelongsToThePodAndIsNotOptedOut) {
  spec.default_volumes_to_fs_backup = true;
  VolumeInfo all(spec);
  kube::ObjectHead head;
  head.ns = "team";
  head.name = "web";
  ASSERT_TRUE(
      all.note(kPod, head,
               R"({"metadata":{"annotations":{"backup.velero.io/backup-volumes-excludes":"tmp"}},"spec":{"volumes":[
    {"name":"tmp","emptyDir":{}},{"name":"logs","hostPath":{"path":"/"}},{"name":"keys","secret":{}},{"name":"d","emptyDir":{}}]}})")
          .ok());
  ASSERT_EQ(all.unsaved().size(), 1u);
  EXPECT_THAT(all.unsaved()[0].message, ::testing::HasSubstr("in d are not saved"));
}

TEST_F(VolumeInfoTest, NothingIsMissingWhenNobodyAsked) {
  note(kPod, "team", "web", kMountingPod);
  EXPECT_TRUE(info.unsaved().empty());
}

TEST_F(VolumeInfoTest, AVolumeThatIsNotJsonIsAnError) {
  kube::ObjectHead head;
  head.name = "pv-1";
  EXPECT_FALSE(info.note(kVolume, head, "{\"spec\":").ok());
}

}  // namespace
}  // namespace salvor::backup
