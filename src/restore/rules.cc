#include "restore/rules.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/hex.h"
#include "codec/json_access.h"
#include "crypto/sha256.h"
#include "restore/order.h"
#include "restore/rules_kinds.h"

namespace salvor::restore {
namespace {

using codec::array_member;
using codec::at;
using codec::member;
using codec::object_member;
using codec::text_at;
using codec::text_member;

constexpr std::size_t kLongestLabel = 63;
constexpr std::string_view kTokenType = "kubernetes.io/service-account-token";

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool runs_images(std::string_view kind) {
  return is_one_of(kind, {"pods", "deployments.apps", "statefulsets.apps", "daemonsets.apps", "replicasets.apps",
                          "replicationcontrollers", "jobs.batch", "cronjobs.batch"});
}

bool is_webhook_configuration(std::string_view kind) {
  return is_one_of(kind, {"mutatingwebhookconfigurations.admissionregistration.k8s.io",
                          "validatingwebhookconfigurations.admissionregistration.k8s.io"});
}

bool is_binding(std::string_view kind) {
  return is_one_of(kind, {"rolebindings.rbac.authorization.k8s.io", "clusterrolebindings.rbac.authorization.k8s.io"});
}

// A token Secret named "<account>-token-<anything>" of an account that will exist: the cluster makes its own.
bool is_automatic_token(const Json& secret, const RuleContext& context) {
  const std::string ns = text_at(secret, {"metadata", "namespace"}), name = text_at(secret, {"metadata", "name"});
  for (std::size_t found = name.find("-token-"); found != std::string::npos; found = name.find("-token-", found + 1)) {
    if (context.service_accounts.contains({ns, name.substr(0, found)})) return true;
  }
  return false;
}

// The API takes only these two since v1; older values would be refused.
void adapt_webhooks(Json& configuration) {
  if (text_member(configuration, "apiVersion") != "admissionregistration.k8s.io/v1") return;
  Json* webhooks = member(configuration, "webhooks");
  if (webhooks == nullptr || !webhooks->is_array()) return;
  for (Json& webhook : *webhooks) {
    const std::string effects = text_member(webhook, "sideEffects");
    if (webhook.is_object() && effects != "None" && effects != "NoneOnDryRun") webhook["sideEffects"] = "None";
  }
}

// v1 refuses preserveUnknownFields: true; the same is said in each version's schema.
void adapt_definition(Json& definition) {
  if (text_member(definition, "apiVersion") != "apiextensions.k8s.io/v1") return;
  Json* spec = member(definition, "spec");
  if (spec == nullptr || !codec::bool_member(*spec, "preserveUnknownFields", false)) return;
  spec->erase("preserveUnknownFields");
  Json* versions = member(*spec, "versions");
  if (versions == nullptr || !versions->is_array()) return;
  for (Json& version : *versions) {
    Json* schema = at(version, {"schema", "openAPIV3Schema"});
    if (schema != nullptr && schema->is_object()) (*schema)["x-kubernetes-preserve-unknown-fields"] = true;
  }
}

void adapt_subjects(Json& binding, const RuleContext& context) {
  Json* subjects = member(binding, "subjects");
  if (subjects == nullptr || !subjects->is_array()) return;
  for (Json& subject : *subjects) {
    const auto mapped = context.namespace_mapping.find(text_member(subject, "namespace"));
    if (mapped != context.namespace_mapping.end()) subject["namespace"] = mapped->second;
  }
}

}  // namespace

std::string label_value(std::string_view name) {
  if (name.size() <= kLongestLabel) return std::string(name);
  return std::string(name.substr(0, kLongestLabel - 6)) + to_hex(crypto::sha256(as_bytes(name))).substr(0, 6);
}

namespace {

constexpr std::string_view kResetMetadata[] = {"generateName",
                                               "selfLink",
                                               "uid",
                                               "resourceVersion",
                                               "generation",
                                               "creationTimestamp",
                                               "deletionTimestamp",
                                               "deletionGracePeriodSeconds",
                                               "ownerReferences",
                                               "managedFields"};

}  // namespace

bool is_reset_in_metadata(std::string_view key) {
  return std::ranges::find(kResetMetadata, key) != std::end(kResetMetadata);
}

Result<> reset_metadata_and_status(Json& object) {
  Json* metadata = member(object, "metadata");
  if (metadata == nullptr || !metadata->is_object()) return Error(Code::invalid, "the object has no metadata");
  for (const std::string_view key : kResetMetadata) metadata->erase(std::string(key));
  object.erase("status");
  return {};
}

std::optional<std::string> reason_to_skip(std::string_view group_resource, const Json& object,
                                          const RuleContext& context) {
  if (group_resource == "pods") {
    const std::string phase = text_at(object, {"status", "phase"});
    if (phase == "Succeeded" || phase == "Failed") return "the pod had finished (" + phase + ")";
    if (!text_at(object, {"metadata", "annotations", "kubernetes.io/config.mirror"}).empty()) {
      return "a mirror pod; the node makes it from its own manifest";
    }
  } else if (group_resource == "jobs.batch") {
    if (!text_at(object, {"status", "completionTime"}).empty()) return "the job had completed";
  } else if (group_resource == "apiservices.apiregistration.k8s.io") {
    if (at(object, {"metadata", "labels", "kube-aggregator.kubernetes.io/automanaged"}) != nullptr) {
      return "kept by the API server itself";
    }
  } else if (group_resource == "secrets" && text_member(object, "type") == kTokenType) {
    if (is_automatic_token(object, context)) return "a ServiceAccount's automatic token; the cluster makes its own";
  } else if (group_resource == "datauploads.velero.io") {
    return "a record of moved volume data, not an object to restore";
  } else if (group_resource == "persistentvolumes") {
    switch (fate_of_volume(object, context)) {
      case VolumeFate::as_it_is: break;
      case VolumeFate::provision_anew: return "its claim is provisioned anew";
      case VolumeFate::native_snapshot: return "its data is in a volume snapshot of the storage provider";
    }
  }
  return std::nullopt;
}

std::vector<Related> related_objects(std::string_view group_resource, const Json& object) {
  std::vector<Related> related;
  if (group_resource == "pods") {
    const std::string ns = text_at(object, {"metadata", "namespace"});
    const Json& spec = object_member(object, "spec");
    for (const Json& volume : array_member(spec, "volumes")) {
      std::string claim = text_at(volume, {"persistentVolumeClaim", "claimName"});
      if (!claim.empty()) related.push_back({"persistentvolumeclaims", ns, std::move(claim)});
    }
    std::string priority = text_member(spec, "priorityClassName");
    if (!priority.empty()) related.push_back({"priorityclasses.scheduling.k8s.io", "", std::move(priority)});
  } else if (group_resource == "persistentvolumeclaims") {
    std::string volume = text_at(object, {"spec", "volumeName"});
    if (!volume.empty() && text_at(object, {"status", "phase"}) == "Bound") {
      related.push_back({"persistentvolumes", "", std::move(volume)});
    }
  }
  return related;
}

Result<> reset(std::string_view kind, Json& object, const Json& managed_fields, const RuleContext& context) {
  if (kind == "pods") reset_pod(object);
  if (kind == "jobs.batch") reset_job(object);
  if (kind == "serviceaccounts") reset_service_account(object);
  if (kind == "secrets" && text_member(object, "type") == kTokenType) reset_token_secret(object);
  if (kind == "persistentvolumeclaims") reset_claim(object);
  if (kind == "persistentvolumes") reset_volume(object);
  if (kind == "services") TRY(reset_service(object, managed_fields, context.preserve_node_ports));
  return {};
}

Result<> adapt(std::string_view kind, Json& object, const RuleContext& context) {
  if (kind == "persistentvolumeclaims") adapt_claim(object, context);
  if (kind == "persistentvolumes") adapt_volume(object, context);
  if (is_one_of(kind, {"persistentvolumeclaims", "persistentvolumes", "statefulsets.apps"})) {
    change_storage_class(object, context);
  }
  if (runs_images(kind)) change_images(object, context);
  if (is_webhook_configuration(kind)) adapt_webhooks(object);
  if (kind == kDefinitions) adapt_definition(object);
  if (is_binding(kind)) adapt_subjects(object, context);
  return {};
}

// memmem skips ahead; string_view::find stops at every byte that is the word's first, of which base64 is full.
bool contains(std::string_view text, std::string_view word) {
  return memmem(text.data(), text.size(), word.data(), word.size()) != nullptr;
}

bool has_rules(std::string_view kind, std::string_view text, const RuleContext& context) {
  if (kind == "secrets") return contains(text, kTokenType);
  if (is_one_of(kind, {"pods", "jobs.batch", "serviceaccounts", "persistentvolumeclaims", "persistentvolumes",
                       "services", "apiservices.apiregistration.k8s.io", "datauploads.velero.io", kDefinitions})) {
    return true;
  }
  if (runs_images(kind) && !context.image_parts.empty()) return true;
  if (kind == "statefulsets.apps" && !context.storage_classes.empty()) return true;
  if (is_binding(kind)) return !context.namespace_mapping.empty();
  return is_webhook_configuration(kind);
}

void set_restore_labels(Json& object, std::string_view backup, std::string_view restore) {
  Json& labels = object["metadata"]["labels"];
  if (!labels.is_object()) labels = Json::object();
  labels[std::string(kBackupLabel)] = label_value(backup);
  labels[std::string(kRestoreLabel)] = label_value(restore);
}

bool has_restore_labels(const Json& object, std::string_view backup, std::string_view restore) {
  return text_at(object, {"metadata", "labels", kBackupLabel}) == label_value(backup) &&
         text_at(object, {"metadata", "labels", kRestoreLabel}) == label_value(restore);
}

bool wants_status(const Json& object, bool by_spec) {
  std::string word = text_at(object, {"metadata", "annotations", kStatusAnnotation});
  std::erase_if(word, [](unsigned char c) { return std::isspace(c) != 0; });
  std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::tolower(c); });
  if (word == "true") return true;
  if (word == "false") return false;
  return by_spec;
}

}  // namespace salvor::restore
