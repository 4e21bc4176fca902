// Rules of volumes and claims. A volume comes back as it is only when its reclaim policy says that it survived its
// claim; otherwise the claim is left without a volume, and the storage class provisions a new one.
#include <nlohmann/json.hpp>

#include "codec/json_access.h"
#include "restore/rules_kinds.h"

namespace salvor::restore {
namespace {

using codec::at;
using codec::member;
using codec::text_at;
using codec::text_member;

void drop_annotations(Json& object, std::initializer_list<const char*> names) {
  Json* annotations = at(object, {"metadata", "annotations"});
  if (annotations == nullptr || !annotations->is_object()) return;
  for (const char* name : names) annotations->erase(name);
  if (annotations->empty()) object["metadata"].erase("annotations");
}

void map_class(Json& spec, const RuleContext& context) {
  const auto mapped = context.storage_classes.find(text_member(spec, "storageClassName"));
  if (mapped != context.storage_classes.end()) spec["storageClassName"] = mapped->second;
}

}  // namespace

VolumeFate fate_of_volume(const Json& volume, const RuleContext& context) {
  const auto known = context.volume_methods.find(text_at(volume, {"metadata", "name"}));
  switch (known == context.volume_methods.end() ? VolumeMethod::none : known->second) {
    case VolumeMethod::native_snapshot: return VolumeFate::native_snapshot;
    case VolumeMethod::pod_volume_backup:
    case VolumeMethod::csi_snapshot: return VolumeFate::provision_anew;
    case VolumeMethod::none: break;
  }
  const bool goes_with_claim = text_at(volume, {"spec", "persistentVolumeReclaimPolicy"}) == "Delete";
  return goes_with_claim ? VolumeFate::provision_anew : VolumeFate::as_it_is;
}

void reset_claim(Json& claim) {
  drop_annotations(
      claim, {"pv.kubernetes.io/bind-completed", "pv.kubernetes.io/bound-by-controller",
              "volume.kubernetes.io/storage-provisioner", "volume.beta.kubernetes.io/storage-provisioner",
              "volume.kubernetes.io/selected-node", "velero.io/volume-snapshot-name", "velero.io/data-upload-name"});
}

void reset_volume(Json& volume) {
  Json* claim = at(volume, {"spec", "claimRef"});
  if (claim != nullptr && claim->is_object()) {
    claim->erase("uid");
    claim->erase("resourceVersion");
  }
  drop_annotations(volume, {"pv.kubernetes.io/bind-completed", "pv.kubernetes.io/bound-by-controller"});
}

void adapt_claim(Json& claim, const RuleContext& context) {
  Json* spec = member(claim, "spec");
  if (spec != nullptr && context.provisioned_anew.contains(text_member(*spec, "volumeName"))) spec->erase("volumeName");
}

void adapt_volume(Json& volume, const RuleContext& context) {
  Json* claim = at(volume, {"spec", "claimRef"});
  if (claim == nullptr) return;
  const auto mapped = context.namespace_mapping.find(text_member(*claim, "namespace"));
  if (mapped != context.namespace_mapping.end()) (*claim)["namespace"] = mapped->second;
}

void change_storage_class(Json& object, const RuleContext& context) {
  if (context.storage_classes.empty()) return;
  if (text_member(object, "kind") != "StatefulSet") {
    if (Json* spec = member(object, "spec")) map_class(*spec, context);
    return;
  }
  Json* templates = at(object, {"spec", "volumeClaimTemplates"});
  if (templates == nullptr || !templates->is_array()) return;
  for (Json& claim : *templates) {
    if (Json* spec = member(claim, "spec")) map_class(*spec, context);
  }
}

std::map<std::string, VolumeMethod> parse_volume_methods(const Json& volume_info) {
  std::map<std::string, VolumeMethod> methods;
  if (!volume_info.is_array()) return methods;
  for (const Json& volume : volume_info) {
    const std::string name = text_member(volume, "pvName"), method = text_member(volume, "backupMethod");
    if (name.empty()) continue;
    methods[name] = method == "NativeSnapshot"    ? VolumeMethod::native_snapshot
                    : method == "PodVolumeBackup" ? VolumeMethod::pod_volume_backup
                    : method == "CSISnapshot"     ? VolumeMethod::csi_snapshot
                                                  : VolumeMethod::none;
  }
  return methods;
}

}  // namespace salvor::restore
