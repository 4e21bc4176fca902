#include "cli/spec_flags.h"

#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/flags.h"
#include "codec/yaml.h"
#include "os/file.h"

namespace salvor::cli {

namespace {

constexpr std::uint64_t kMaxManifestBytes = 16 * kMiB;

Result<Json> read_manifest(const std::string& path) { return codec::parse_yaml(TRY(read_input(path))).context(path); }

void set_list(const Arguments& arguments, std::string_view flag, std::vector<std::string>& field) {
  if (arguments.given(flag)) field = arguments.list(flag);
}

void set_bool(const Arguments& arguments, std::string_view flag, std::optional<bool>& field) {
  if (arguments.given(flag)) field = arguments.optional_bool(flag);
}

void add_all(const Arguments& arguments, std::string_view flag, std::map<std::string, std::string>& field) {
  for (const auto& [key, value] : arguments.map(flag)) field[key] = value;
}

template <class Spec>
Result<> set_selectors(const Arguments& arguments, Spec& spec) {
  if (arguments.given("selector")) spec.label_selector = TRY(kube::parse_label_selector(arguments.text("selector")));
  if (arguments.given("or-selector")) {
    spec.or_label_selectors = TRY(backup::parse_or_selectors(arguments.text("or-selector")));
  }
  return {};
}

// Settings that this version records for velero and does not act on.
void set_rest(const Arguments& arguments, backup::BackupSpec& spec) {
  Json rest = spec.rest.empty() ? Json::object() : Json::parse(spec.rest, nullptr, false);
  if (arguments.given("data-mover")) rest["datamover"] = arguments.text("data-mover");
  if (arguments.given("volume-snapshot-locations")) {
    rest["volumeSnapshotLocations"] = arguments.list("volume-snapshot-locations");
  }
  if (arguments.given("resource-policies-configmap")) {
    rest["resourcePolicy"] = {{"kind", "configmap"}, {"name", arguments.text("resource-policies-configmap")}};
  }
  if (arguments.given("parallel-files-upload")) {
    rest["uploaderConfig"]["parallelFilesUpload"] = arguments.integer("parallel-files-upload");
  }
  spec.rest = rest.empty() ? std::string() : rest.dump();
}

// Velero's own default leaves out every cluster-scoped object that nothing refers to: its server always excludes the
// CSI snapshot kinds, and an excluding spec is no longer "everything". Who asks for a backup without saying of what
// means all of it, so the spec then says so.
bool says_what_to_take(const Arguments& arguments) {
  for (const Flag& flag : kSelectionFlags) {
    if (arguments.given(flag.name)) return true;
  }
  for (const std::string_view flag :
       {"from-file", "include-cluster-scoped-resources", "exclude-cluster-scoped-resources",
        "include-namespace-scoped-resources", "exclude-namespace-scoped-resources"}) {
    if (arguments.given(flag)) return true;
  }
  return false;
}

std::string utc_stamp(Time now) {
  std::string stamp;
  for (const char c : format_rfc3339(now)) {
    if (c >= '0' && c <= '9') stamp += c;
  }
  return stamp;
}

void set_status_lists(const Arguments& arguments, restore::RestoreSpec& spec) {
  if (!arguments.given("status-include-resources") && !arguments.given("status-exclude-resources")) return;
  spec.restore_status =
      restore::ResourceLists{arguments.list("status-include-resources"), arguments.list("status-exclude-resources")};
}

}  // namespace

Result<std::string> read_input(const std::string& path) {
  if (path != "-") return os::read_file(path, kMaxManifestBytes);
  std::string text(kMaxManifestBytes + 1, '\0');
  std::size_t size = 0;
  for (;;) {
    const ssize_t got = ::read(STDIN_FILENO, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("read standard input", errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    if (size > kMaxManifestBytes) return Error(Code::invalid, "standard input is larger than any manifest");
  }
  text.resize(size);
  return text;
}

Result<backup::Backup> backup_from(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  backup::Backup backup;
  if (arguments.given("from-file")) {
    backup = TRY(backup::parse_backup_manifest(TRY(read_manifest(arguments.text("from-file")))));
  }
  if (!arguments.name().empty()) backup.name = arguments.name();
  if (arguments.given("namespace") || backup.ns.empty()) backup.ns = arguments.text("namespace");
  backup::BackupSpec& spec = backup.spec;
  if (arguments.given("include-namespaces") || !arguments.given("from-file")) {
    spec.included_namespaces = arguments.list("include-namespaces");
  }
  set_list(arguments, "exclude-namespaces", spec.excluded_namespaces);
  set_list(arguments, "include-resources", spec.included_resources);
  set_list(arguments, "exclude-resources", spec.excluded_resources);
  set_list(arguments, "include-cluster-scoped-resources", spec.included_cluster_scoped_resources);
  set_list(arguments, "exclude-cluster-scoped-resources", spec.excluded_cluster_scoped_resources);
  set_list(arguments, "include-namespace-scoped-resources", spec.included_namespace_scoped_resources);
  set_list(arguments, "exclude-namespace-scoped-resources", spec.excluded_namespace_scoped_resources);
  set_bool(arguments, "include-cluster-resources", spec.include_cluster_resources);
  if (!says_what_to_take(arguments)) spec.include_cluster_resources = true;
  set_bool(arguments, "snapshot-volumes", spec.snapshot_volumes);
  set_bool(arguments, "snapshot-move-data", spec.snapshot_move_data);
  set_bool(arguments, "default-volumes-to-fs-backup", spec.default_volumes_to_fs_backup);
  TRY(set_selectors(arguments, spec));
  if (arguments.given("ordered-resources")) {
    spec.ordered_resources = TRY(backup::parse_ordered_resources(arguments.text("ordered-resources")));
  }
  if (arguments.given("ttl")) spec.ttl = arguments.duration("ttl");
  if (arguments.given("csi-snapshot-timeout")) spec.csi_snapshot_timeout = arguments.duration("csi-snapshot-timeout");
  if (arguments.given("item-operation-timeout")) {
    spec.item_operation_timeout = arguments.duration("item-operation-timeout");
  }
  set_rest(arguments, spec);
  add_all(arguments, "labels", backup.labels);
  add_all(arguments, "annotations", backup.annotations);
  return backup;
}

Result<restore::RestoreManifest> restore_from(const Invocation& invocation, Time now) {
  const Arguments& arguments = invocation.arguments;
  restore::RestoreManifest manifest;
  if (arguments.given("from-file")) {
    manifest = TRY(restore::parse_restore(TRY(read_manifest(arguments.text("from-file")))));
  }
  restore::RestoreSpec& spec = manifest.spec;
  if (arguments.given("namespace") || manifest.ns.empty()) manifest.ns = arguments.text("namespace");
  if (arguments.given("from-backup")) {
    spec.backup = arguments.text("from-backup");
    spec.schedule.clear();
  } else if (arguments.given("from-schedule")) {
    spec.schedule = arguments.text("from-schedule");
    spec.backup.clear();
  }
  if (!arguments.name().empty()) manifest.name = arguments.name();
  if (manifest.name.empty()) {
    manifest.name = (spec.backup.empty() ? spec.schedule : spec.backup) + "-" + utc_stamp(now);
  }
  if (arguments.given("include-namespaces")) spec.included_namespaces = arguments.list("include-namespaces");
  set_list(arguments, "exclude-namespaces", spec.excluded_namespaces);
  set_list(arguments, "include-resources", spec.included_resources);
  set_list(arguments, "exclude-resources", spec.excluded_resources);
  set_bool(arguments, "include-cluster-resources", spec.include_cluster_resources);
  set_bool(arguments, "preserve-nodeports", spec.preserve_node_ports);
  set_bool(arguments, "restore-volumes", spec.restore_volumes);
  TRY(set_selectors(arguments, spec));
  set_status_lists(arguments, spec);
  add_all(arguments, "namespace-mappings", spec.namespace_mapping);
  if (arguments.given("existing-resource-policy")) spec.existing_policy = arguments.text("existing-resource-policy");
  if (arguments.given("item-operation-timeout")) {
    spec.item_operation_timeout = arguments.duration("item-operation-timeout");
  }
  if (arguments.given("resource-modifier-configmap")) {
    spec.modifier_kind = "configmap";
    spec.modifier_name = arguments.text("resource-modifier-configmap");
  }
  add_all(arguments, "labels", manifest.labels);
  add_all(arguments, "annotations", manifest.annotations);
  return manifest;
}

Result<restore::Modifiers> modifiers_from(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  if (!arguments.given("resource-modifier-file")) return restore::Modifiers();
  const std::string& path = arguments.text("resource-modifier-file");
  const std::string text = TRY(read_input(path));
  // The file may be the rules themselves, or the ConfigMap that holds them.
  if (Result<Json> document = codec::parse_yaml(text);
      document.ok() && document->is_object() && document->contains("kind")) {
    return restore::Modifiers::from_config_map(*document).context(path);
  }
  return restore::Modifiers::parse(text).context(path);
}

}  // namespace salvor::cli
