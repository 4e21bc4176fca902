// RestoreSpec: what somebody asks of a restore, with the fields and the meaning of Velero's Restore.
//
// It comes from a velero.io/v1 Restore manifest or from flags of the same names, is checked before anything is read,
// and is kept in the restore's record. Hooks stay as the JSON they were written in.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "codec/json.h"
#include "kube/labels.h"

namespace salvor::restore {

// What happens to an object that exists and differs from the backup: nothing, or it is patched to the backup's state.
enum class ExistingPolicy { none, update };

std::string_view to_string(ExistingPolicy policy);

struct ResourceLists {
  std::vector<std::string> included, excluded;
  bool operator==(const ResourceLists&) const = default;
};

struct RestoreSpec {
  std::string backup;    // exactly one of `backup` and `schedule`
  std::string schedule;  // its newest completed backup
  std::vector<std::string> included_namespaces, excluded_namespaces;
  std::vector<std::string> included_resources, excluded_resources;
  std::map<std::string, std::string> namespace_mapping;  // name in the backup to name in the cluster
  std::optional<kube::LabelSelector> label_selector;     // at most one of this and the next
  std::vector<kube::LabelSelector> or_label_selectors;   // objects that any of them matches
  std::optional<bool> restore_volumes;
  std::optional<ResourceLists> restore_status;  // absent: no status but by annotation
  std::optional<bool> preserve_node_ports;
  std::optional<bool> include_cluster_resources;
  std::string existing_policy;  // "", "none", "update"; text until validate has seen it
  std::optional<Duration> item_operation_timeout;
  std::string modifier_kind, modifier_name;  // the ConfigMap of resource modifiers
  std::string hooks;                         // spec.hooks as JSON text
  std::string uploader_config;               // spec.uploaderConfig as JSON text

  ExistingPolicy policy() const { return existing_policy == "update" ? ExistingPolicy::update : ExistingPolicy::none; }
  // The name in the cluster of a namespace in the backup.
  const std::string& mapped(const std::string& ns) const;
};

struct RestoreManifest {
  std::string name, ns;
  std::map<std::string, std::string> labels, annotations;
  RestoreSpec spec;
};

// Kinds that no restore writes, because they belong to one cluster and one moment.
const std::vector<std::string>& never_restored();

// A velero.io/v1 Restore document. `invalid` names the member that cannot be read; members that are not Velero's are
// refused, because a misspelt filter would restore too much.
Result<RestoreManifest> parse_restore(const Json& document);
// The document again, without status.
Json to_json(const RestoreManifest& manifest);

// Everything that is wrong with the spec, in Velero's order; empty when a restore may start.
std::vector<std::string> validate(const RestoreSpec& spec);

}  // namespace salvor::restore
