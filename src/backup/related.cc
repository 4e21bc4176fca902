#include "backup/related.h"

#include <nlohmann/json.hpp>

#include "codec/json.h"
#include "codec/json_access.h"

namespace salvor::backup {

namespace {

using codec::array_member;
using codec::object_member;
using codec::text_at;
using codec::text_member;

bool erase(Json& object, const char* key) { return object.is_object() && object.erase(key) > 0; }

// Left behind by an earlier backup or restore and wrong for this one.
bool is_stale_label(const std::string& key, const Json& value, std::string_view backup_name) {
  if (key == "velero.io/backup-name") return !value.is_string() || value.get_ref<const std::string&>() != backup_name;
  return key == "velero.io/restore-name" || key == "velero.io/volume-snapshot-name" ||
         key == "backup.velero.io/must-include-additional-items";
}

template <class Doomed>
bool erase_members(Json& parent, const char* key, Doomed&& doomed) {
  Json* object = codec::member(parent, key);
  if (object == nullptr || !object->is_object()) return false;
  bool changed = false;
  for (auto it = object->begin(); it != object->end();) {
    if (doomed(it.key(), it.value())) {
      it = object->erase(it);
      changed = true;
    } else {
      ++it;
    }
  }
  if (changed && object->empty()) parent.erase(key);
  return changed;
}

// A claim that may ask for "no class" is found by its selector, any other gets a new volume and must not have one.
bool clean_claim_selector(Json& spec) {
  const Json* storage_class = codec::member(spec, "storageClassName");
  const bool no_class =
      storage_class != nullptr && storage_class->is_string() && storage_class->get_ref<const std::string&>().empty();
  if (!no_class) return erase(spec, "selector");
  Json* selector = codec::member(spec, "selector");
  return selector != nullptr && selector->is_object() &&
         erase_members(*selector, "matchLabels",
                       [](const std::string& key, const Json&) { return key.starts_with("velero.io/"); });
}

}  // namespace

Result<PodFacts> read_pod(std::string_view text) {
  const Json pod = TRY(codec::parse_json(text));
  const Json& spec = object_member(pod, "spec");
  PodFacts facts;
  facts.priority_class = text_member(spec, "priorityClassName");
  facts.running = !text_member(spec, "nodeName").empty() && text_at(pod, {"status", "phase"}) == "Running";
  for (const Json& volume : array_member(spec, "volumes")) {
    std::string claim = text_at(volume, {"persistentVolumeClaim", "claimName"});
    if (!claim.empty()) facts.claims.push_back(std::move(claim));
  }
  return facts;
}

Result<ClaimFacts> read_claim(std::string_view text, std::string_view group_label) {
  const Json claim = TRY(codec::parse_json(text));
  ClaimFacts facts;
  facts.volume = text_at(claim, {"spec", "volumeName"});
  facts.bound = !facts.volume.empty() && text_at(claim, {"status", "phase"}) == "Bound";
  facts.group = text_at(claim, {"metadata", "labels", group_label});
  return facts;
}

Result<BindingFacts> read_binding(std::string_view text) {
  const Json binding = TRY(codec::parse_json(text));
  BindingFacts facts;
  facts.role = text_at(binding, {"roleRef", "name"});
  for (const Json& subject : array_member(binding, "subjects")) {
    if (text_member(subject, "kind") != "ServiceAccount") continue;
    facts.accounts.emplace_back(text_member(subject, "namespace"), text_member(subject, "name"));
  }
  return facts;
}

Result<std::optional<std::string>> stored_claim(std::string_view text, std::string_view backup_name) {
  Json claim = TRY(codec::parse_json(text));
  Json* spec = codec::member(claim, "spec");
  const bool bound = text_at(claim, {"status", "phase"}) == "Bound" && !text_at(claim, {"spec", "volumeName"}).empty();
  if (!bound || spec == nullptr) return std::optional<std::string>();
  bool changed = erase(*spec, "dataSource");
  changed = erase(*spec, "dataSourceRef") || changed;
  changed = clean_claim_selector(*spec) || changed;
  if (Json* metadata = codec::member(claim, "metadata")) {
    changed = erase_members(
                  *metadata, "labels",
                  [&](const std::string& key, const Json& value) { return is_stale_label(key, value, backup_name); }) ||
              changed;
  }
  if (!changed) return std::optional<std::string>();
  return std::optional<std::string>(codec::dump_json(claim));
}

}  // namespace salvor::backup
