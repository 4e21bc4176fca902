// Rules of pods, of what makes pods, and of the accounts that pods run as.
#include <nlohmann/json.hpp>

#include "codec/json_access.h"
#include "restore/rules_kinds.h"

namespace salvor::restore {
namespace {

using codec::at;
using codec::member;
using codec::text_at;
using codec::text_member;

// Takes the elements for which `gone` holds out of the list at `key`, and the list itself when nothing is left.
template <class Gone>
void remove_from_list(Json& object, const char* key, const Gone& gone) {
  Json* list = member(object, key);
  if (list == nullptr || !list->is_array()) return;
  Json kept = Json::array();
  for (Json& element : *list) {
    if (!gone(element)) kept.push_back(std::move(element));
  }
  if (kept.empty()) {
    object.erase(key);
  } else {
    *list = std::move(kept);
  }
}

void erase_members(Json* object, std::initializer_list<const char*> keys) {
  if (object == nullptr || !object->is_object()) return;
  for (const char* key : keys) object->erase(key);
}

// Erases the member when it is an empty object.
void erase_empty(Json* parent, const char* key) {
  if (parent == nullptr) return;
  const Json* found = member(*parent, key);
  if (found != nullptr && found->is_object() && found->empty()) parent->erase(key);
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string with_new_image(std::string image, const RuleContext& context) {
  for (const auto& [old_part, new_part] : context.image_parts) {
    std::size_t found = image.find(old_part);
    if (found == std::string::npos) continue;
    for (; found != std::string::npos; found = image.find(old_part, found + new_part.size())) {
      image.replace(found, old_part.size(), new_part);
    }
    return image;
  }
  return image;
}

Json* pod_spec_of(Json& workload) {
  const std::string kind = text_member(workload, "kind");
  if (kind == "Pod") return at(workload, {"spec"});
  if (kind == "CronJob") return at(workload, {"spec", "jobTemplate", "spec", "template", "spec"});
  return at(workload, {"spec", "template", "spec"});
}

}  // namespace

void reset_pod(Json& pod) {
  Json* spec = member(pod, "spec");
  if (spec == nullptr || !spec->is_object()) return;
  spec->erase("nodeName");
  spec->erase("priority");             // comes from the priority class
  spec->erase("ephemeralContainers");  // the API takes them only for a running pod
  const std::string prefix = text_member(*spec, "serviceAccountName") + "-token-";
  const auto is_token = [&](const Json& element) { return text_member(element, "name").starts_with(prefix); };
  remove_from_list(*spec, "volumes", is_token);
  for (const char* containers : {"containers", "initContainers"}) {
    Json* list = member(*spec, containers);
    if (list == nullptr || !list->is_array()) continue;
    for (Json& container : *list) remove_from_list(container, "volumeMounts", is_token);
  }
}

// The controller puts its own uid into selector and labels; with the old one it would never find its pods.
void reset_job(Json& job) {
  const auto uid_labels = {"controller-uid", "batch.kubernetes.io/controller-uid"};
  Json* selector = at(job, {"spec", "selector"});
  erase_members(at(job, {"spec", "selector", "matchLabels"}), uid_labels);
  erase_empty(selector, "matchLabels");
  Json* metadata = at(job, {"spec", "template", "metadata"});
  erase_members(at(job, {"spec", "template", "metadata", "labels"}), uid_labels);
  erase_empty(metadata, "labels");
  if (metadata != nullptr) metadata->erase("creationTimestamp");
}

// The newest automatic token goes; secrets that somebody added stay.
void reset_service_account(Json& account) {
  const std::string prefix = text_at(account, {"metadata", "name"}) + "-token-";
  Json* secrets = member(account, "secrets");
  if (secrets == nullptr || !secrets->is_array()) return;
  for (std::size_t i = secrets->size(); i-- > 0;) {
    if (!text_member((*secrets)[i], "name").starts_with(prefix)) continue;
    secrets->erase(i);
    break;
  }
  if (secrets->empty()) account.erase("secrets");
}

// The token controller fills these in for the account's new uid and the cluster's own certificate.
void reset_token_secret(Json& secret) {
  erase_members(at(secret, {"metadata", "annotations"}), {"kubernetes.io/service-account.uid"});
  erase_members(at(secret, {"data"}), {"token", "ca.crt"});
}

void change_images(Json& workload, const RuleContext& context) {
  if (context.image_parts.empty()) return;
  Json* spec = pod_spec_of(workload);
  if (spec == nullptr) return;
  for (const char* key : {"containers", "initContainers"}) {
    Json* containers = member(*spec, key);
    if (containers == nullptr || !containers->is_array()) continue;
    for (Json& container : *containers) {
      const std::string image = text_member(container, "image");
      if (!image.empty()) container["image"] = with_new_image(image, context);
    }
  }
}

std::vector<std::pair<std::string, std::string>> parse_image_parts(const Json& config_map_data) {
  std::vector<std::pair<std::string, std::string>> parts;
  if (!config_map_data.is_object()) return parts;
  for (const auto& [key, row] : config_map_data.items()) {
    if (!row.is_string()) continue;
    const std::string_view text = row.get_ref<const std::string&>();
    const std::size_t comma = text.find(',');
    if (comma == std::string_view::npos || comma + 1 == text.size()) continue;
    const std::string_view old_part = trimmed(text.substr(0, comma));
    if (!old_part.empty()) parts.emplace_back(old_part, trimmed(text.substr(comma + 1)));
  }
  return parts;
}

}  // namespace salvor::restore
