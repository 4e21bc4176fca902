#include "restore/compare.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "codec/json_access.h"
#include "restore/rules.h"

namespace salvor::restore {
namespace {

using codec::array_member;
using codec::member;
using codec::text_member;

constexpr std::size_t kLongestShown = 120;

std::string shown(const Json& value, bool hidden) {
  std::string text = value.is_string() ? value.get<std::string>() : codec::dump_json(value);
  if (hidden) return "(hidden, " + format_bytes(text.size()) + ")";
  if (text.size() <= kLongestShown) return text;
  std::size_t end = kLongestShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not inside a character
  return text.substr(0, end) + "… (" + format_bytes(text.size()) + ")";
}

bool is_plain_name(std::string_view key) {
  return !key.empty() &&
         std::all_of(key.begin(), key.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

std::string below(const std::string& path, std::string_view key) {
  if (!is_plain_name(key)) return path + "[" + std::string(key) + "]";
  return path.empty() ? std::string(key) : path + "." + std::string(key);
}

// Elements by their name, when every element has one and no two have the same.
std::optional<std::map<std::string, const Json*>> by_name(const Json& list) {
  std::map<std::string, const Json*> names;
  for (const Json& element : list) {
    const std::string name = text_member(element, "name");
    if (name.empty() || !names.emplace(name, &element).second) return std::nullopt;
  }
  return names;
}

class Comparison {
 public:
  Comparison(bool hidden, std::size_t limit) : hidden_(hidden), limit_(limit) {}

  void values(const std::string& path, const Json* live, const Json* backup) {
    if (live != nullptr && backup != nullptr) {
      if (*live == *backup) return;
      if (live->is_object() && backup->is_object()) return objects(path, *live, *backup);
      if (live->is_array() && backup->is_array()) return lists(path, *live, *backup);
    }
    ++count_;
    if (changes_.size() >= limit_) return;
    changes_.push_back(
        {path, live == nullptr ? "" : shown(*live, hidden_), backup == nullptr ? "" : shown(*backup, hidden_)});
  }

  std::vector<FieldChange> take() {
    if (count_ > changes_.size() && !changes_.empty()) {
      changes_.back() = {"… and " + std::to_string(count_ - changes_.size() + 1) + " more", "", ""};
    }
    return std::move(changes_);
  }

 private:
  void objects(const std::string& path, const Json& live, const Json& backup) {
    for (const auto& [key, value] : live.items()) values(below(path, key), &value, member(backup, key));
    for (const auto& [key, value] : backup.items()) {
      if (member(live, key) == nullptr) values(below(path, key), nullptr, &value);
    }
  }

  void lists(const std::string& path, const Json& live, const Json& backup) {
    const auto live_names = by_name(live), backup_names = by_name(backup);
    const std::size_t before = count_;
    if (live_names && backup_names) {
      for (const auto& [name, value] : *live_names) {
        const auto other = backup_names->find(name);
        values(path + "[" + name + "]", value, other == backup_names->end() ? nullptr : other->second);
      }
      for (const auto& [name, value] : *backup_names) {
        if (!live_names->contains(name)) values(path + "[" + name + "]", nullptr, value);
      }
    } else {
      for (std::size_t i = 0; i < std::max(live.size(), backup.size()); ++i) {
        values(path + "[" + std::to_string(i) + "]", i < live.size() ? &live[i] : nullptr,
               i < backup.size() ? &backup[i] : nullptr);
      }
    }
    if (count_ == before) {  // the same elements in another order
      ++count_;
      if (changes_.size() < limit_) changes_.push_back({path, shown(live, hidden_), shown(backup, hidden_)});
    }
  }

  const bool hidden_;
  const std::size_t limit_;
  std::size_t count_ = 0;
  std::vector<FieldChange> changes_;
};

void add_missing_by_name(Json& into, const Json& from, const char* key) {
  for (const Json& reference : array_member(from, key)) {
    const Json& present = array_member(into, key);
    const bool known = std::any_of(present.begin(), present.end(), [&](const Json& other) {
      return text_member(other, "name") == text_member(reference, "name");
    });
    if (!known) into[key].push_back(reference);
  }
}

void add_missing_keys(Json& into, const Json& from, const char* key) {
  for (const auto& [name, value] : codec::object_member(from, key).items()) {
    if (member(codec::object_member(into, key), name) == nullptr) into[key][name] = value;
  }
}

void drop_nulls(Json& value) {
  if (value.is_object()) {
    for (auto at = value.begin(); at != value.end();) at = at->is_null() ? value.erase(at) : std::next(at);
  }
  if (value.is_structured()) {
    for (Json& inner : value) drop_nulls(inner);
  }
}

}  // namespace

void normalise(Json& object, std::string_view group_resource) {
  drop_nulls(object);
  object.erase("apiVersion");
  object.erase("kind");
  object.erase("status");
  if (Json* metadata = member(object, "metadata")) {
    for (const char* key :
         {"name", "namespace", "generateName", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp",
          "deletionTimestamp", "deletionGracePeriodSeconds", "ownerReferences", "managedFields"}) {
      metadata->erase(key);
    }
    if (Json* labels = member(*metadata, "labels"); labels != nullptr && labels->is_object()) {
      labels->erase(std::string(kBackupLabel));
      labels->erase(std::string(kRestoreLabel));
    }
    for (const char* key : {"labels", "annotations"}) {
      const Json* map = member(*metadata, key);
      if (map != nullptr && map->is_object() && map->empty()) metadata->erase(key);
    }
  }
  if (group_resource != "persistentvolumeclaims") return;
  if (Json* spec = member(object, "spec"); spec != nullptr && spec->is_object()) spec->erase("volumeName");
}

std::vector<FieldChange> differences(const Json& live, const Json& backup, std::string_view group_resource,
                                     std::size_t limit) {
  Comparison comparison(group_resource == "secrets", limit);
  comparison.values("", &live, &backup);
  return comparison.take();
}

Json merge_service_accounts(const Json& live, const Json& backup) {
  Json merged = live;
  add_missing_by_name(merged, backup, "secrets");
  add_missing_by_name(merged, backup, "imagePullSecrets");
  const Json& from = codec::object_member(backup, "metadata");
  Json& metadata = merged["metadata"];
  if (!metadata.is_object()) metadata = Json::object();
  add_missing_keys(metadata, from, "labels");
  add_missing_keys(metadata, from, "annotations");
  return merged;
}

}  // namespace salvor::restore
