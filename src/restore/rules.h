// The rules by which an object from a backup becomes an object that can be created: Velero's built-in restore item
// actions, as functions over JSON.
//
// They fall into two classes, and the difference carries the whole plan:
//   reset  takes away what the old cluster's server and controllers had filled in: uid, status, clusterIP, nodeName,
//          assigned node ports, binding annotations. Done to the object from the backup and to the live one, it answers
//          "would restoring either write the same?" - so a running Service does not differ from its backup just because
//          it has an address.
//   adapt  changes what the user or the target demands: mapped namespaces, storage classes, image names, values that
//   the
//          API no longer takes. Done to the object from the backup only.
// No rule knows the cluster; what a rule must know of it is in the RuleContext.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "codec/json.h"

namespace salvor::restore {

inline constexpr std::string_view kBackupLabel = "velero.io/backup-name";
inline constexpr std::string_view kRestoreLabel = "velero.io/restore-name";
inline constexpr std::string_view kStatusAnnotation = "velero.io/restore-status";

// How a persistent volume comes back. Decided from the backup's volumeinfo and the volume's reclaim policy.
enum class VolumeMethod { none, pod_volume_backup, csi_snapshot, native_snapshot };
enum class VolumeFate { as_it_is, provision_anew, native_snapshot };

struct RuleContext {
  bool preserve_node_ports = false;
  std::map<std::string, std::string> namespace_mapping;
  std::map<std::string, std::string> storage_classes;            // old name to new
  std::vector<std::pair<std::string, std::string>> image_parts;  // "part of a name" to its replacement, first hit wins
  std::map<std::string, VolumeMethod> volume_methods;            // by PV name, from volumeinfo
  std::set<std::string> provisioned_anew;  // PVs that are not restored; filled before PVCs are seen
  std::set<std::pair<std::string, std::string>> service_accounts;  // (ns in the backup, name) that will exist
};

// Another object that this one needs beside it, in the backup's namespaces.
struct Related {
  std::string group_resource, ns, name;
  auto operator<=>(const Related&) const = default;
};

// A label value from a name, as Velero cuts it: at most 63 bytes, long ones end in six digits of their SHA-256.
std::string label_value(std::string_view name);

// Drops server-owned metadata and status; `invalid` when the object has no metadata. managedFields go as well: whoever
// compares two states of an object asks about its content, not about who wrote it last.
Result<> reset_metadata_and_status(Json& object);
// Whether that drops this member of the metadata.
bool is_reset_in_metadata(std::string_view key);

// Why the object is not restored, seen alone: finished, a mirror pod, kept by the API server itself. Needs the object
// as it is in the backup, with its status.
std::optional<std::string> reason_to_skip(std::string_view group_resource, const Json& object,
                                          const RuleContext& context);

// What the object needs: pods their claims and priority class, claims their volume. From the object with its status.
std::vector<Related> related_objects(std::string_view group_resource, const Json& object);

// The reset rules of the resource. Requires: metadata was reset. `managed_fields` are the object's own, they tell which
// node ports somebody asked for. `invalid` when an annotation that a rule must read is broken.
Result<> reset(std::string_view group_resource, Json& object, const Json& managed_fields, const RuleContext& context);
// The adapt rules of the resource.
Result<> adapt(std::string_view group_resource, Json& object, const RuleContext& context);

// True when a rule other than reset_metadata_and_status could touch an object with this text.
bool has_rules(std::string_view group_resource, std::string_view text, const RuleContext& context);
// Whether the word stands anywhere in the text: an object without it needs no document to be judged.
bool contains(std::string_view text, std::string_view word);

VolumeFate fate_of_volume(const Json& volume, const RuleContext& context);

void set_restore_labels(Json& object, std::string_view backup, std::string_view restore);
// True when both labels already have these values.
bool has_restore_labels(const Json& object, std::string_view backup, std::string_view restore);

// Whether the object's status is restored: its own annotation decides, else `by_spec`.
bool wants_status(const Json& object, bool by_spec);

// The maps of Velero's plugin ConfigMaps: change-image-name has rows "old,new" under any key.
std::vector<std::pair<std::string, std::string>> parse_image_parts(const Json& config_map_data);
// Methods by PV name from <backup>-volumeinfo.json.
std::map<std::string, VolumeMethod> parse_volume_methods(const Json& volume_info);

}  // namespace salvor::restore
