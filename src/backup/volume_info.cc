#include "backup/volume_info.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "backup/related.h"
#include "codec/json_access.h"

namespace salvor::backup {

namespace {

using codec::object_member;
using codec::text_at;

constexpr std::string_view kNoSnapshotter = "no applicable volumesnapshotter found";
constexpr std::string_view kSnapshotsOff = "not satisfy the criteria for VolumePolicy or the legacy snapshot way";
constexpr std::string_view kOptIn = "backup.velero.io/backup-volumes";
constexpr std::string_view kOptOut = "backup.velero.io/backup-volumes-excludes";

template <class Map, class Key>
const typename Map::mapped_type* find(const Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

// Whether `name` is in a comma-separated list.
bool lists(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (list.substr(0, comma) == name) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

// A volume that belongs to the pod or its claim, and not to the node or to another object.
bool has_files(const Json& volume, std::string_view name) {
  if (name.starts_with("default-token")) return false;
  for (const char* other : {"hostPath", "secret", "configMap", "projected", "downwardAPI"}) {
    if (codec::member(volume, other) != nullptr) return false;
  }
  return true;
}

}  // namespace

VolumeInfo::VolumeInfo(const BackupSpec& spec)
    : snapshots_(spec.snapshot_volumes.value_or(true)),
      files_by_default_(spec.default_volumes_to_fs_backup.value_or(false)) {}

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
  } else if (resource.plural == kPods && (files_by_default_ || text.find("\"persistentVolumeClaim\"") != text.npos ||
                                          text.find(kOptIn) != text.npos)) {
    note_pod(TRY(codec::parse_json(text)), head.ns, head.name);
  }
  return {};
}

void VolumeInfo::note_pod(const Json& pod, const std::string& ns, const std::string& name) {
  const std::string named = text_at(pod, {"metadata", "annotations", files_by_default_ ? kOptOut : kOptIn});
  std::string asked;
  facts_.with([&](Facts& facts) {
    for (const Json& volume : codec::array_member(object_member(pod, "spec"), "volumes")) {
      const std::string volume_name = codec::text_member(volume, "name");
      const Place claim(ns, text_at(volume, {"persistentVolumeClaim", "claimName"}));
      if (has_files(volume, volume_name) && lists(named, volume_name) != files_by_default_) {
        asked += (asked.empty() ? "" : ", ") + volume_name;
        if (!claim.second.empty()) facts.asked_claims.insert(claim);
      }
      if (claim.second.empty()) continue;
      std::string& first = facts.pod_of_claim[claim];
      if (first.empty() || name < first) first = name;
    }
    if (!asked.empty()) facts.asked_of_pod[{ns, name}] = std::move(asked);
  });
}

std::vector<VolumeInfo::Unsaved> VolumeInfo::unsaved() const {
  return facts_.with([](const Facts& facts) {
    std::vector<Unsaved> all;
    for (const auto& [pod, volumes] : facts.asked_of_pod) {
      all.push_back({pod.first, "the files of pod " + pod.first + "/" + pod.second + " in " + volumes +
                                    " are not saved: this version of salvor saves objects, not the data of volumes"});
    }
    return all;
  });
}

std::string VolumeInfo::reason(const Facts& facts, const std::string& volume) const {
  const Place* claim = find(facts.claim_of_volume, volume);
  const std::string* pod = claim == nullptr ? nullptr : find(facts.pod_of_claim, *claim);
  const bool asked = claim != nullptr && facts.asked_claims.contains(*claim);
  std::string text;
  if (asked) {
    text = "podvolume: the data of volumes is not saved by this version of salvor;";
  } else if (pod != nullptr) {
    text = "podvolume: opted out due to annotation in pod " + *pod + ";";
  }
  return text + "volumeSnapshot: " + std::string(snapshots_ && !asked ? kNoSnapshotter : kSnapshotsOff) + ";";
}

Json VolumeInfo::to_json() const {
  return facts_.with([&](const Facts& facts) {
    Json list = Json::array();
    for (const auto& [name, volume] : facts.volumes) {
      Json entry = {{"pvName", name},
                    {"snapshotDataMoved", false},
                    {"preserveLocalSnapshot", false},
                    {"skipped", true},
                    {"skippedReason", reason(facts, name)},
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
