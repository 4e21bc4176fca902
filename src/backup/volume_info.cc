#include "backup/volume_info.h"

#include <nlohmann/json.hpp>

#include "backup/related.h"
#include "codec/json_access.h"

namespace salvor::backup {

namespace {

using codec::object_member;
using codec::text_at;

constexpr std::string_view kNoSnapshotter = "no applicable volumesnapshotter found";
constexpr std::string_view kSnapshotsOff = "not satisfy the criteria for VolumePolicy or the legacy snapshot way";

std::string reason(const std::string* pod, bool snapshots) {
  std::string text;
  if (pod != nullptr) text = "podvolume: opted out due to annotation in pod " + *pod + ";";
  return text + "volumeSnapshot: " + std::string(snapshots ? kNoSnapshotter : kSnapshotsOff) + ";";
}

template <class Map, class Key>
const typename Map::mapped_type* find(const Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

}  // namespace

VolumeInfo::VolumeInfo(const BackupSpec& spec) : snapshots_(spec.snapshot_volumes.value_or(true)) {}

VolumeInfo::Volume VolumeInfo::read_volume(const Json& object) {
  Volume volume;
  volume.claim = {text_at(object, {"spec", "claimRef", "namespace"}), text_at(object, {"spec", "claimRef", "name"})};
  volume.reclaim_policy = text_at(object, {"spec", "persistentVolumeReclaimPolicy"});
  for (const auto& [key, value] : object_member(object_member(object, "metadata"), "labels").items()) {
    if (value.is_string()) volume.labels[key] = value.get<std::string>();
  }
  return volume;
}

Result<> VolumeInfo::note(const kube::Resource& resource, const kube::ObjectHead& head, std::string_view text) {
  if (!resource.group.empty()) return {};
  if (resource.plural == kVolumes) {
    const Json object = TRY(codec::parse_json(text));
    facts_.with([&](Facts& facts) { facts.volumes[head.name] = read_volume(object); });
  } else if (resource.plural == kClaims) {
    const ClaimFacts claim = TRY(read_claim(text, ""));
    if (claim.volume.empty()) return {};
    facts_.with([&](Facts& facts) { facts.claim_of_volume[claim.volume] = {head.ns, head.name}; });
  } else if (resource.plural == kPods && text.find("\"persistentVolumeClaim\"") != std::string_view::npos) {
    const PodFacts pod = TRY(read_pod(text));
    facts_.with([&](Facts& facts) {
      for (const std::string& claim : pod.claims) {
        std::string& first = facts.pod_of_claim[{head.ns, claim}];
        if (first.empty() || head.name < first) first = head.name;
      }
    });
  }
  return {};
}

Json VolumeInfo::to_json() const {
  return facts_.with([&](const Facts& facts) {
    Json list = Json::array();
    for (const auto& [name, volume] : facts.volumes) {
      const Place* claim = find(facts.claim_of_volume, name);
      const std::string* pod = claim == nullptr ? nullptr : find(facts.pod_of_claim, *claim);
      Json entry = {{"pvName", name},
                    {"snapshotDataMoved", false},
                    {"preserveLocalSnapshot", false},
                    {"skipped", true},
                    {"skippedReason", reason(pod, snapshots_)},
                    {"pvInfo", {{"reclaimPolicy", volume.reclaim_policy}, {"labels", nullptr}}}};
      if (!volume.labels.empty()) entry["pvInfo"]["labels"] = volume.labels;
      if (!volume.claim.first.empty()) entry["pvcNamespace"] = volume.claim.first;
      if (!volume.claim.second.empty()) entry["pvcName"] = volume.claim.second;
      list.push_back(std::move(entry));
    }
    return list;
  });
}

}  // namespace salvor::backup
