// VolumeInfo: what became of the data of every saved PersistentVolume; becomes <backup>-volumeinfo.json.gz.
//
// A restore, stock Velero's or ours, asks this list first how a volume comes back. salvor saves the objects of volumes
// and not their data, which Velero knows as a volume that was skipped, with the reason:
//
//   [{"pvcName":"data","pvcNamespace":"team","pvName":"pv-1","snapshotDataMoved":false,"preserveLocalSnapshot":false,
//     "skipped":true,"skippedReason":"podvolume: opted out ...;volumeSnapshot: no applicable volumesnapshotter found;",
//     "pvInfo":{"reclaimPolicy":"Retain","labels":null}}]
//
// Reasons are in Velero's words, since people and programs search for them. When a backup asks for the files of
// volumes, by defaultVolumesToFsBackup or by a pod's annotation, that is not done, and it is said. Thread-safe; holds
// names only.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backup/spec.h"
#include "base/guarded.h"
#include "base/result.h"
#include "kube/object_head.h"
#include "kube/resource.h"

namespace salvor::backup {

class VolumeInfo {
 public:
  explicit VolumeInfo(const BackupSpec& spec);

  // An object that the backup takes, with the text it stores. Only pods, claims and volumes are looked at.
  Result<> note(const kube::Resource& resource, const kube::ObjectHead& head, std::string_view text);
  // Volumes in the order of their names.
  Json to_json() const;

  struct Unsaved {
    std::string ns;
    std::string message;  // which pod's volumes
  };
  // What was asked for and is not in the backup: errors of the backup.
  std::vector<Unsaved> unsaved() const;

 private:
  using Place = std::pair<std::string, std::string>;  // (namespace, name)
  struct Volume {
    Place claim;
    std::string reclaim_policy;
    std::map<std::string, std::string> labels;
  };
  struct Facts {
    std::map<std::string, Volume> volumes;
    std::map<std::string, Place> claim_of_volume;
    std::map<Place, std::string> pod_of_claim;  // the first by name
    std::map<Place, std::string> asked_of_pod;  // volumes, in words
    std::set<Place> asked_claims;
  };
  static Volume read_volume(const Json& object);
  void note_pod(const Json& pod, const std::string& ns, const std::string& name);
  std::string reason(const Facts& facts, const std::string& volume) const;

  const bool snapshots_, files_by_default_;
  Guarded<Facts> facts_;
};

}  // namespace salvor::backup
