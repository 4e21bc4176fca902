#include "restore/spec.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "base/units.h"
#include "codec/json_access.h"

namespace salvor::restore {
namespace {

using codec::member;

constexpr std::array<std::string_view, 18> kSpecMembers = {"backupName",
                                                           "scheduleName",
                                                           "includedNamespaces",
                                                           "excludedNamespaces",
                                                           "includedResources",
                                                           "excludedResources",
                                                           "namespaceMapping",
                                                           "labelSelector",
                                                           "orLabelSelectors",
                                                           "restorePVs",
                                                           "restoreStatus",
                                                           "preserveNodePorts",
                                                           "includeClusterResources",
                                                           "hooks",
                                                           "existingResourcePolicy",
                                                           "itemOperationTimeout",
                                                           "resourceModifier",
                                                           "uploaderConfig"};

Error misshapen(std::string_view path, std::string_view wanted) {
  return Error(Code::invalid, "Restore: " + std::string(path) + " is not " + std::string(wanted));
}

// The member at `key` of `from`, or null when it is absent or null.
const Json* given(const Json& from, std::string_view key) {
  const Json* found = member(from, key);
  return found != nullptr && !found->is_null() ? found : nullptr;
}

Result<> read(const Json& from, std::string_view key, std::string& into) {
  const Json* found = given(from, key);
  if (found == nullptr) return {};
  if (!found->is_string()) return misshapen(key, "a string");
  into = found->get<std::string>();
  return {};
}

Result<> read(const Json& from, std::string_view key, std::optional<bool>& into) {
  const Json* found = given(from, key);
  if (found == nullptr) return {};
  if (!found->is_boolean()) return misshapen(key, "true or false");
  into = found->get<bool>();
  return {};
}

Result<> read(const Json& from, std::string_view key, std::vector<std::string>& into) {
  const Json* found = given(from, key);
  if (found == nullptr) return {};
  if (!found->is_array()) return misshapen(key, "a list of strings");
  for (const Json& value : *found) {
    if (!value.is_string()) return misshapen(key, "a list of strings");
    into.push_back(value.get<std::string>());
  }
  return {};
}

Result<> read(const Json& from, std::string_view key, std::map<std::string, std::string>& into) {
  const Json* found = given(from, key);
  if (found == nullptr) return {};
  if (!found->is_object()) return misshapen(key, "a map of strings");
  for (const auto& [name, value] : found->items()) {
    if (!value.is_string()) return misshapen(key, "a map of strings");
    into[name] = value.get<std::string>();
  }
  return {};
}

Result<> read_selectors(const Json& from, RestoreSpec& spec) {
  if (const Json* one = given(from, "labelSelector")) {
    spec.label_selector = TRY(kube::label_selector_from_json(*one).context("labelSelector"));
  }
  if (const Json* several = given(from, "orLabelSelectors")) {
    if (!several->is_array()) return misshapen("orLabelSelectors", "a list");
    for (const Json& selector : *several) {
      spec.or_label_selectors.push_back(TRY(kube::label_selector_from_json(selector).context("orLabelSelectors")));
    }
  }
  return {};
}

Result<> read_rest(const Json& from, RestoreSpec& spec) {
  if (const Json* status = given(from, "restoreStatus")) {
    ResourceLists lists;
    TRY(read(*status, "includedResources", lists.included));
    TRY(read(*status, "excludedResources", lists.excluded));
    spec.restore_status = std::move(lists);
  }
  if (const Json* modifier = given(from, "resourceModifier")) {
    TRY(read(*modifier, "kind", spec.modifier_kind));
    TRY(read(*modifier, "name", spec.modifier_name));
  }
  std::string timeout;
  TRY(read(from, "itemOperationTimeout", timeout));
  if (!timeout.empty()) spec.item_operation_timeout = TRY(parse_duration(timeout).context("itemOperationTimeout"));
  if (const Json* hooks = given(from, "hooks")) spec.hooks = codec::dump_json(*hooks);
  if (const Json* uploader = given(from, "uploaderConfig")) spec.uploader_config = codec::dump_json(*uploader);
  return {};
}

Result<RestoreSpec> parse_spec(const Json& from) {
  for (const auto& [key, value] : from.items()) {
    if (std::find(kSpecMembers.begin(), kSpecMembers.end(), key) != kSpecMembers.end()) continue;
    return Error(Code::invalid, "Restore: spec has no member \"" + key + "\"")
        .hint("Check the spelling: a filter that is not understood would restore more than was meant.");
  }
  RestoreSpec spec;
  TRY(read(from, "backupName", spec.backup));
  TRY(read(from, "scheduleName", spec.schedule));
  TRY(read(from, "includedNamespaces", spec.included_namespaces));
  TRY(read(from, "excludedNamespaces", spec.excluded_namespaces));
  TRY(read(from, "includedResources", spec.included_resources));
  TRY(read(from, "excludedResources", spec.excluded_resources));
  TRY(read(from, "namespaceMapping", spec.namespace_mapping));
  TRY(read(from, "restorePVs", spec.restore_volumes));
  TRY(read(from, "preserveNodePorts", spec.preserve_node_ports));
  TRY(read(from, "includeClusterResources", spec.include_cluster_resources));
  TRY(read(from, "existingResourcePolicy", spec.existing_policy));
  TRY(read_selectors(from, spec));
  TRY(read_rest(from, spec));
  return spec;
}

void put(Json& into, const char* key, const std::vector<std::string>& values) {
  if (!values.empty()) into[key] = values;
}
void put(Json& into, const char* key, const std::string& value) {
  if (!value.empty()) into[key] = value;
}
void put(Json& into, const char* key, const std::map<std::string, std::string>& values) {
  if (!values.empty()) into[key] = values;
}
void put(Json& into, const char* key, const std::optional<bool>& value) {
  if (value) into[key] = *value;
}
void put_json(Json& into, const char* key, const std::string& text) {
  if (text.empty()) return;
  if (auto value = codec::parse_json(text); value.ok()) into[key] = std::move(*value);
}

Json spec_json(const RestoreSpec& spec) {
  Json out = Json::object();
  put(out, "backupName", spec.backup);
  put(out, "scheduleName", spec.schedule);
  put(out, "includedNamespaces", spec.included_namespaces);
  put(out, "excludedNamespaces", spec.excluded_namespaces);
  put(out, "includedResources", spec.included_resources);
  put(out, "excludedResources", spec.excluded_resources);
  put(out, "namespaceMapping", spec.namespace_mapping);
  if (spec.label_selector) {
    if (auto json = kube::label_selector_to_json(*spec.label_selector); json.ok()) out["labelSelector"] = *json;
  }
  for (const kube::LabelSelector& selector : spec.or_label_selectors) {
    if (auto json = kube::label_selector_to_json(selector); json.ok()) out["orLabelSelectors"].push_back(*json);
  }
  put(out, "restorePVs", spec.restore_volumes);
  if (spec.restore_status) {
    Json& status = out["restoreStatus"] = Json::object();
    put(status, "includedResources", spec.restore_status->included);
    put(status, "excludedResources", spec.restore_status->excluded);
  }
  put(out, "preserveNodePorts", spec.preserve_node_ports);
  put(out, "includeClusterResources", spec.include_cluster_resources);
  put_json(out, "hooks", spec.hooks);
  put(out, "existingResourcePolicy", spec.existing_policy);
  if (spec.item_operation_timeout) out["itemOperationTimeout"] = format_go_duration(*spec.item_operation_timeout);
  if (!spec.modifier_name.empty()) {
    out["resourceModifier"] = {{"apiGroup", ""}, {"kind", spec.modifier_kind}, {"name", spec.modifier_name}};
  }
  put_json(out, "uploaderConfig", spec.uploader_config);
  return out;
}

// What stock Velero refuses in a pair of lists.
void check_lists(const std::vector<std::string>& included, const std::vector<std::string>& excluded,
                 std::string_view what, std::vector<std::string>& problems) {
  const std::string start = "Invalid included/excluded " + std::string(what) + " lists: ";
  const std::set<std::string> in(included.begin(), included.end()), out(excluded.begin(), excluded.end());
  if (in.size() > 1 && in.contains("*")) problems.push_back(start + "'*' among the includes stands alone");
  if (out.contains("*")) problems.push_back(start + "the excludes cannot hold '*'");
  for (const std::string& name : in) {
    if (out.contains(name)) problems.push_back(start + "\"" + name + "\" is both included and excluded");
  }
}

}  // namespace

std::string_view to_string(ExistingPolicy policy) { return policy == ExistingPolicy::update ? "update" : "none"; }

const std::string& RestoreSpec::mapped(const std::string& ns) const {
  const auto found = namespace_mapping.find(ns);
  return found == namespace_mapping.end() ? ns : found->second;
}

const std::vector<std::string>& never_restored() {
  static const std::vector<std::string> kinds = {
      "nodes",
      "events",
      "events.events.k8s.io",
      "backups.velero.io",
      "restores.velero.io",
      "resticrepositories.velero.io",
      "csinodes.storage.k8s.io",
      "volumeattachments.storage.k8s.io",
      "backuprepositories.velero.io",
  };
  return kinds;
}

Result<RestoreManifest> parse_restore(const Json& document) {
  if (!document.is_object()) return misshapen("the document", "an object");
  if (codec::text_member(document, "kind") != "Restore" ||
      codec::text_member(document, "apiVersion") != "velero.io/v1") {
    return Error(Code::invalid, "the document is a " + codec::text_member(document, "kind") + " of " +
                                    codec::text_member(document, "apiVersion") + ", not a Restore of velero.io/v1");
  }
  RestoreManifest manifest;
  const Json& metadata = codec::object_member(document, "metadata");
  TRY(read(metadata, "name", manifest.name));
  TRY(read(metadata, "namespace", manifest.ns));
  TRY(read(metadata, "labels", manifest.labels));
  TRY(read(metadata, "annotations", manifest.annotations));
  manifest.spec = TRY(parse_spec(codec::object_member(document, "spec")));
  return manifest;
}

Json to_json(const RestoreManifest& manifest) {
  Json metadata = Json::object();
  put(metadata, "name", manifest.name);
  put(metadata, "namespace", manifest.ns);
  put(metadata, "labels", manifest.labels);
  put(metadata, "annotations", manifest.annotations);
  return {
      {"apiVersion", "velero.io/v1"}, {"kind", "Restore"}, {"metadata", metadata}, {"spec", spec_json(manifest.spec)}};
}

std::vector<std::string> validate(const RestoreSpec& spec) {
  std::vector<std::string> problems;
  for (const std::string& kind : never_restored()) {
    if (std::find(spec.included_resources.begin(), spec.included_resources.end(), kind) !=
        spec.included_resources.end()) {
      problems.push_back(kind + " are non-restorable resources");
    }
  }
  check_lists(spec.included_resources, spec.excluded_resources, "resource", problems);
  check_lists(spec.included_namespaces, spec.excluded_namespaces, "namespace", problems);
  if (spec.label_selector && !spec.or_label_selectors.empty()) {
    problems.push_back("labelSelector and orLabelSelectors are both given, only one can be");
  }
  if (spec.backup.empty() == spec.schedule.empty()) {
    problems.push_back("either a backup or a schedule must be the source of a restore, and not both");
  }
  if (!spec.existing_policy.empty() && spec.existing_policy != "none" && spec.existing_policy != "update") {
    problems.push_back("existingResourcePolicy is \"" + spec.existing_policy + "\", it can be none or update");
  }
  return problems;
}

}  // namespace salvor::restore
