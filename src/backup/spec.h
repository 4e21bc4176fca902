// BackupSpec: what a user asks to be saved, in the words of Velero's Backup custom resource.
//
// The fields that selection acts on are typed; everything else of the CR (hooks, volume settings, fields of later
// versions) is carried as JSON text, so that velero-backup.json gives back what came in. The order of use:
//
//   parse_backup_manifest -> apply_defaults -> make_plan, which validates (backup/plan.h) -> to_json when published
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "codec/json.h"
#include "kube/labels.h"

namespace salvor::backup {

// Objects and namespaces with this label set to "true" are left out.
constexpr std::string_view kExcludeLabel = "velero.io/exclude-from-backup";

struct BackupSpec {
  std::vector<std::string> included_namespaces, excluded_namespaces;
  // The old filters; may not be mixed with the new ones.
  std::vector<std::string> included_resources, excluded_resources;
  std::optional<bool> include_cluster_resources;
  // The new filters.
  std::vector<std::string> included_cluster_scoped_resources, excluded_cluster_scoped_resources;
  std::vector<std::string> included_namespace_scoped_resources, excluded_namespace_scoped_resources;
  std::optional<kube::LabelSelector> label_selector;
  std::vector<kube::LabelSelector> or_label_selectors;
  std::map<std::string, std::string> ordered_resources;  // "pods" -> "team/db-0,team/db-1"
  std::string volume_group_snapshot_label_key;
  std::string storage_location;
  Duration ttl{};
  Duration csi_snapshot_timeout{};
  Duration item_operation_timeout{};
  std::optional<bool> snapshot_volumes, snapshot_move_data, default_volumes_to_fs_backup;
  std::string rest;  // JSON object with the spec's other fields; empty when there are none

  // Which of the two filter sets decides. Without any filter the new ones do.
  bool uses_old_filters() const;
};

struct BackupStatus {
  std::string phase;
  std::vector<std::string> validation_errors;
  std::optional<Time> expiration, start, completion;
  std::int64_t total_items = 0, items_backed_up = 0;
  std::int64_t warnings = 0, errors = 0;
  std::string failure_reason;
  std::string rest;  // JSON object with the status's other fields
};

struct Backup {
  std::string name;
  std::string ns = "velero";
  std::map<std::string, std::string> labels, annotations;
  std::string rest_of_metadata;  // uid, creationTimestamp, ...; JSON object
  BackupSpec spec;
  BackupStatus status;
};

// A velero.io/v1 Backup from a manifest or from velero-backup.json. `invalid` names the field that is not understood.
Result<Backup> parse_backup_manifest(const Json& manifest);
// The custom resource as Velero stores it in velero-backup.json.
Result<Json> to_json(const Backup& backup);

// "pods=ns1/a,ns1/b;persistentvolumeclaims=ns1/c": the value of --ordered-resources.
Result<std::map<std::string, std::string>> parse_ordered_resources(std::string_view text);
// "app=web or app=db": the value of --or-selector.
Result<std::vector<kube::LabelSelector>> parse_or_selectors(std::string_view text);

struct NamespaceInfo {
  std::string name;
  kube::Labels labels;
};

// Fills in what Velero's server fills in before it begins, and stores in the CR:
// - namespaces that carry the exclude label join excludedNamespaces; no included namespaces become "*";
// - the CSI snapshot kinds join the excluded resources and leave the included ones. An include list that is empty
//   afterwards means everything, as it does in Velero;
// - ttl 720h, csiSnapshotTimeout 10m, itemOperationTimeout 4h, the volume group label and the volume settings.
// Applying it twice changes nothing more.
void apply_defaults(BackupSpec& spec, const std::vector<NamespaceInfo>& live);

// What Velero's server would refuse (phase FailedValidation), one sentence each. To be asked before the defaults are
// applied and again after: an included namespace that carries the exclude label is then a contradiction, as in Velero.
// make_plan does so.
std::vector<std::string> validate(const BackupSpec& spec);

}  // namespace salvor::backup
