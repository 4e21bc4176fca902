// The Backup custom resource as JSON, in and out. What is not typed in spec.h passes through unseen.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "backup/spec.h"
#include "base/units.h"
#include "codec/json.h"

namespace salvor::backup {

namespace {

constexpr const char* kApiVersion = "velero.io/v1";
constexpr const char* kFormatVersion = "1.1.0";

// Takes typed members out of an object; what is left over in the end is what nobody asked for. The first member of a
// wrong type is remembered.
class Taker {
 public:
  Taker(const Json& object, std::string where) : rest_(object), where_(std::move(where)) {
    if (rest_.is_null()) rest_ = Json::object();
    if (!rest_.is_object()) {
      fail("", "an object");
      rest_ = Json::object();
    }
  }

  // Null when absent.
  Json take(const char* field) {
    Json value;
    if (const auto found = rest_.find(field); found != rest_.end()) {
      value = std::move(*found);
      rest_.erase(found);
    }
    return value;
  }
  void text(const char* field, std::string& into) {
    const Json value = take(field);
    if (value.is_string()) into = value.get<std::string>();
    if (!value.is_string() && !value.is_null()) fail(field, "a string");
  }
  void texts(const char* field, std::vector<std::string>& into) {
    const Json value = take(field);
    if (value.is_null()) return;
    if (!value.is_array()) return fail(field, "a list of strings");
    for (const Json& item : value) {
      if (!item.is_string()) return fail(field, "a list of strings");
      into.push_back(item.get<std::string>());
    }
  }
  void text_map(const char* field, std::map<std::string, std::string>& into) {
    const Json value = take(field);
    if (value.is_null()) return;
    if (!value.is_object()) return fail(field, "an object of strings");
    for (const auto& [key, item] : value.items()) {
      if (!item.is_string()) return fail(field, "an object of strings");
      into[key] = item.get<std::string>();
    }
  }
  void flag(const char* field, std::optional<bool>& into) {
    const Json value = take(field);
    if (value.is_boolean()) into = value.get<bool>();
    if (!value.is_boolean() && !value.is_null()) fail(field, "true or false");
  }
  void count(const char* field, std::int64_t& into) {
    const Json value = take(field);
    if (value.is_number_integer()) into = value.get<std::int64_t>();
    if (!value.is_number_integer() && !value.is_null()) fail(field, "an integer");
  }
  void duration(const char* field, Duration& into) {
    std::string text;
    this->text(field, text);
    if (text.empty()) return;
    Result<Duration> parsed = parse_duration(text);
    if (!parsed) return fail(field, "a duration like 10m or 720h0m0s");
    into = *parsed;
  }
  void time(const char* field, std::optional<Time>& into) {
    std::string text;
    this->text(field, text);
    if (text.empty()) return;
    Result<Time> parsed = parse_rfc3339(text);
    if (!parsed) return fail(field, "a time like 2026-11-23T06:34:48Z");
    into = *parsed;
  }
  void problem(std::string text) {
    if (problem_.empty()) problem_ = std::move(text);
  }

  // The left-over members as text, or the first problem.
  Result<std::string> finish() {
    if (!problem_.empty()) return Error(Code::invalid, "Backup: " + problem_);
    return rest_.empty() ? std::string() : codec::dump_json(rest_);
  }

 private:
  void fail(std::string_view field, std::string_view wanted) {
    problem(fmt::format("{}{}{} is not {}", where_, field.empty() ? "" : ".", field, wanted));
  }

  Json rest_;
  std::string where_;
  std::string problem_;
};

void take_selectors(Taker& taker, BackupSpec& spec) {
  const auto read = [&](const Json& json) -> std::optional<kube::LabelSelector> {
    Result<kube::LabelSelector> selector = kube::label_selector_from_json(json);
    if (selector) return std::move(*selector);
    taker.problem(selector.error().message());
    return std::nullopt;
  };
  if (const Json single = taker.take("labelSelector"); !single.is_null()) spec.label_selector = read(single);
  const Json several = taker.take("orLabelSelectors");
  if (!several.is_array() && !several.is_null()) return taker.problem("spec.orLabelSelectors is not a list");
  for (const Json& json : several) {
    if (auto selector = read(json)) spec.or_label_selectors.push_back(std::move(*selector));
  }
}

Result<BackupSpec> parse_spec(const Json& json) {
  Taker taker(json, "spec");
  BackupSpec spec;
  taker.texts("includedNamespaces", spec.included_namespaces);
  taker.texts("excludedNamespaces", spec.excluded_namespaces);
  taker.texts("includedResources", spec.included_resources);
  taker.texts("excludedResources", spec.excluded_resources);
  taker.flag("includeClusterResources", spec.include_cluster_resources);
  taker.texts("includedClusterScopedResources", spec.included_cluster_scoped_resources);
  taker.texts("excludedClusterScopedResources", spec.excluded_cluster_scoped_resources);
  taker.texts("includedNamespaceScopedResources", spec.included_namespace_scoped_resources);
  taker.texts("excludedNamespaceScopedResources", spec.excluded_namespace_scoped_resources);
  take_selectors(taker, spec);
  taker.text_map("orderedResources", spec.ordered_resources);
  taker.text("volumeGroupSnapshotLabelKey", spec.volume_group_snapshot_label_key);
  taker.text("storageLocation", spec.storage_location);
  taker.duration("ttl", spec.ttl);
  taker.duration("csiSnapshotTimeout", spec.csi_snapshot_timeout);
  taker.duration("itemOperationTimeout", spec.item_operation_timeout);
  taker.flag("snapshotVolumes", spec.snapshot_volumes);
  taker.flag("snapshotMoveData", spec.snapshot_move_data);
  taker.flag("defaultVolumesToFsBackup", spec.default_volumes_to_fs_backup);
  spec.rest = TRY(taker.finish());
  return spec;
}

Result<BackupStatus> parse_status(const Json& json) {
  Taker taker(json, "status");
  BackupStatus status;
  taker.text("phase", status.phase);
  taker.texts("validationErrors", status.validation_errors);
  taker.time("expiration", status.expiration);
  taker.time("startTimestamp", status.start);
  taker.time("completionTimestamp", status.completion);
  taker.count("warnings", status.warnings);
  taker.count("errors", status.errors);
  taker.text("failureReason", status.failure_reason);
  Taker progress(taker.take("progress"), "status.progress");
  progress.count("totalItems", status.total_items);
  progress.count("itemsBackedUp", status.items_backed_up);
  TRY(progress.finish());
  taker.take("version");
  taker.take("formatVersion");
  status.rest = TRY(taker.finish());
  return status;
}

Result<Json> parse_rest(const std::string& rest) {
  if (rest.empty()) return Json(Json::object());
  return codec::parse_json(rest);
}

template <class T>
void put(Json& into, const char* field, const T& value) {
  if (!value.empty()) into[field] = value;
}

void put_flag(Json& into, const char* field, const std::optional<bool>& value) {
  if (value) into[field] = *value;
}

void put_count(Json& into, const char* field, std::int64_t value) {
  if (value != 0) into[field] = value;
}

void put_time(Json& into, const char* field, const std::optional<Time>& value) {
  if (value) into[field] = format_rfc3339(*value);
}

Result<Json> spec_json(const BackupSpec& spec) {
  Json out = TRY(parse_rest(spec.rest));
  // Velero's Go types write these whether they hold something or not.
  for (const char* field : {"metadata", "hooks"}) {
    if (!out.contains(field)) out[field] = Json::object();
  }
  out["ttl"] = format_go_duration(spec.ttl);
  out["csiSnapshotTimeout"] = format_go_duration(spec.csi_snapshot_timeout);
  out["itemOperationTimeout"] = format_go_duration(spec.item_operation_timeout);
  put(out, "includedNamespaces", spec.included_namespaces);
  put(out, "excludedNamespaces", spec.excluded_namespaces);
  put(out, "includedResources", spec.included_resources);
  put(out, "excludedResources", spec.excluded_resources);
  put_flag(out, "includeClusterResources", spec.include_cluster_resources);
  put(out, "includedClusterScopedResources", spec.included_cluster_scoped_resources);
  put(out, "excludedClusterScopedResources", spec.excluded_cluster_scoped_resources);
  put(out, "includedNamespaceScopedResources", spec.included_namespace_scoped_resources);
  put(out, "excludedNamespaceScopedResources", spec.excluded_namespace_scoped_resources);
  if (spec.label_selector) out["labelSelector"] = TRY(kube::label_selector_to_json(*spec.label_selector));
  for (const kube::LabelSelector& selector : spec.or_label_selectors) {
    out["orLabelSelectors"].push_back(TRY(kube::label_selector_to_json(selector)));
  }
  put(out, "orderedResources", spec.ordered_resources);
  put(out, "volumeGroupSnapshotLabelKey", spec.volume_group_snapshot_label_key);
  put(out, "storageLocation", spec.storage_location);
  put_flag(out, "snapshotVolumes", spec.snapshot_volumes);
  put_flag(out, "snapshotMoveData", spec.snapshot_move_data);
  put_flag(out, "defaultVolumesToFsBackup", spec.default_volumes_to_fs_backup);
  return out;
}

Result<Json> status_json(const BackupStatus& status) {
  Json out = TRY(parse_rest(status.rest));
  if (status.phase.empty()) return out;
  out["version"] = 1;
  out["formatVersion"] = kFormatVersion;
  out["phase"] = status.phase;
  put(out, "validationErrors", status.validation_errors);
  put_time(out, "expiration", status.expiration);
  put_time(out, "startTimestamp", status.start);
  put_time(out, "completionTimestamp", status.completion);
  put_count(out, "warnings", status.warnings);
  put_count(out, "errors", status.errors);
  put(out, "failureReason", status.failure_reason);
  if (status.start) {
    Json progress = Json::object();
    put_count(progress, "totalItems", status.total_items);
    put_count(progress, "itemsBackedUp", status.items_backed_up);
    out["progress"] = std::move(progress);
    if (!out.contains("hookStatus")) out["hookStatus"] = Json::object();
  }
  return out;
}

}  // namespace

Result<Backup> parse_backup_manifest(const Json& manifest) {
  Taker top(manifest, "manifest");
  std::string api_version, kind;
  top.text("apiVersion", api_version);
  top.text("kind", kind);
  const Json metadata_json = top.take("metadata");
  const Json spec = top.take("spec");
  const Json status = top.take("status");
  TRY(top.finish());
  if (api_version != kApiVersion || kind != "Backup") {
    return Error(Code::invalid,
                 fmt::format("the manifest is a \"{}\" of \"{}\", not a Backup of velero.io/v1", kind, api_version));
  }
  Backup backup;
  Taker metadata(metadata_json, "metadata");
  metadata.text("name", backup.name);
  std::string ns;
  metadata.text("namespace", ns);
  if (!ns.empty()) backup.ns = ns;
  metadata.text_map("labels", backup.labels);
  metadata.text_map("annotations", backup.annotations);
  backup.rest_of_metadata = TRY(metadata.finish());
  backup.spec = TRY(parse_spec(spec));
  backup.status = TRY(parse_status(status));
  return backup;
}

Result<Json> to_json(const Backup& backup) {
  Json metadata = TRY(parse_rest(backup.rest_of_metadata));
  metadata["name"] = backup.name;
  metadata["namespace"] = backup.ns;
  put(metadata, "labels", backup.labels);
  put(metadata, "annotations", backup.annotations);
  Json out;
  out["apiVersion"] = kApiVersion;
  out["kind"] = "Backup";
  out["metadata"] = std::move(metadata);
  out["spec"] = TRY(spec_json(backup.spec));
  out["status"] = TRY(status_json(backup.status));
  return out;
}

}  // namespace salvor::backup
