// Strategic merge patch, step for step as the API server's strategicpatch package does it, because the order of a
// merged list and the answer to a contradictory directive are only defined by what that package does.
//
// Directives, all of which vanish from the result:
//   $patch: replace | delete            in an object: take the patch's members, or none; in a list element: replace the
//                                       list, or delete the element with the same merge key
//   $retainKeys: [a, b]                 members of the original that are not listed go
//   $deleteFromPrimitiveList/x: [v]     removes values from list x
//   $setElementOrder/x: [...]           the order of list x
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "codec/json_access.h"
#include "kube/patch.h"
#include "kube/patch_schema.h"

namespace salvor::kube {
namespace {

using codec::member;

constexpr std::string_view kPatch = "$patch";
constexpr std::string_view kRetainKeys = "$retainKeys";
constexpr std::string_view kDeleteFrom = "$deleteFromPrimitiveList";
constexpr std::string_view kOrder = "$setElementOrder";

Error wrong_patch(std::string message) { return Error(Code::invalid, "strategic patch: " + std::move(message)); }

// Without what only steers the merge: objects that carry $patch, and nulls, which have nothing left to delete.
std::optional<Json> without_directives(const Json& value, bool drop_nulls) {
  if (value.is_object()) {
    if (member(value, kPatch) != nullptr) return std::nullopt;
    Json kept = Json::object();
    for (const auto& [key, inner] : value.items()) {
      if (drop_nulls && inner.is_null()) continue;
      if (auto clean = without_directives(inner, drop_nulls)) kept[key] = std::move(*clean);
    }
    return kept;
  }
  if (value.is_array()) {
    Json kept = Json::array();
    for (const Json& inner : value) {
      if (auto clean = without_directives(inner, drop_nulls)) kept.push_back(std::move(*clean));
    }
    return kept;
  }
  return value;
}

void set_clean(Json& object, const std::string& key, const Json& value, bool drop_nulls) {
  auto clean = without_directives(value, drop_nulls);
  if (clean) {
    object[key] = std::move(*clean);
  } else {
    object.erase(key);
  }
}

// What identifies an element: itself, or its merge key.
const Json* identity(const Json& element, std::string_view key) {
  return key.empty() ? &element : member(element, key);
}

std::ptrdiff_t position(const Json& list, const Json& element, std::string_view key) {
  const Json* wanted = identity(element, key);
  for (std::size_t i = 0; wanted != nullptr && i < list.size(); ++i) {
    const Json* found = identity(list[i], key);
    if (found != nullptr && *found == *wanted) return static_cast<std::ptrdiff_t>(i);
  }
  return -1;
}

enum class Elements { none, plain, objects };

Result<Elements> elements_of(const Json& one, const Json& other, std::string_view name) {
  Elements kind = Elements::none;
  for (const Json* list : {&one, &other}) {
    for (const Json& element : *list) {
      if (element.is_array()) return wrong_patch("\"" + std::string(name) + "\" holds lists of lists");
      const Elements here = element.is_object() ? Elements::objects : Elements::plain;
      if (kind != Elements::none && kind != here) {
        return wrong_patch("\"" + std::string(name) + "\" mixes objects and plain values");
      }
      kind = here;
    }
  }
  return kind;
}

Result<> check_keys(const Json& list, std::string_view key, std::string_view name) {
  for (const Json& element : list) {
    if (!key.empty() && member(element, key) == nullptr) {
      return wrong_patch("an element of \"" + std::string(name) + "\" lacks its merge key \"" + std::string(key) +
                         "\"");
    }
  }
  return {};
}

// `merged` in its final order: elements named in `order` follow it, the others keep the place that `before` gave them
// among each other, and the two sequences are interleaved by `before` where it knows both, else the named ones lead.
Json ordered(const Json& merged, const Json& order, const Json& before, std::string_view key) {
  std::vector<const Json*> named, others;
  for (const Json& element : merged) (position(order, element, key) >= 0 ? named : others).push_back(&element);
  const auto sort_by = [&](std::vector<const Json*>& elements, const Json& by) {
    std::stable_sort(elements.begin(), elements.end(), [&](const Json* left, const Json* right) {
      return position(by, *left, key) < position(by, *right, key);
    });
  };
  sort_by(named, order);
  sort_by(others, before);
  Json result = Json::array();
  std::size_t i = 0, j = 0;
  while (i < others.size() || j < named.size()) {
    bool take_other = j == named.size();
    if (i < others.size() && j < named.size()) {
      const std::ptrdiff_t left = position(before, *others[i], key), right = position(before, *named[j], key);
      take_other = left >= 0 && right >= 0 && left < right;
    }
    result.push_back(take_other ? *others[i++] : *named[j++]);
  }
  return result;
}

Result<> merge_object(Json& original, Json patch, std::string_view type);

// Takes the elements of `patch` that carry $patch out of it and does what they say to `original`.
Result<> obey_elements(Json& original, Json& patch, std::string_view key, std::string_view name) {
  Json rest = Json::array();
  bool replace_all = false;
  for (Json& element : patch) {
    const Json* directive = member(element, kPatch);
    if (directive == nullptr) {
      rest.push_back(std::move(element));
    } else if (*directive == "replace") {
      replace_all = true;
    } else if (*directive == "delete") {
      const Json* gone = member(element, key);
      if (gone == nullptr) return wrong_patch("a $patch: delete in \"" + std::string(name) + "\" lacks the merge key");
      Json kept = Json::array();
      for (Json& present : original) {
        const Json* here = member(present, key);
        if (here == nullptr) return check_keys(original, key, name);
        if (*here != *gone) kept.push_back(std::move(present));
      }
      original = std::move(kept);
    } else {
      return wrong_patch("unknown $patch in an element of \"" + std::string(name) + "\"");
    }
  }
  if (replace_all) {
    original = std::move(rest);
    patch = Json::array();
  } else {
    patch = std::move(rest);
  }
  return {};
}

Result<Json> merge_list(Json original, Json patch, const PatchField& field, std::string_view name) {
  if (original.empty() && patch.empty()) return original;
  const Elements kind = TRY(elements_of(original, patch, name));
  Json merged;
  if (kind == Elements::plain) {
    merged = original;
    for (const Json& value : patch) {
      if (std::find(merged.begin(), merged.end(), value) == merged.end()) merged.push_back(value);
    }
    return ordered(merged, patch, original, "");
  }
  if (field.key.empty()) return wrong_patch("\"" + std::string(name) + "\" has no merge key");
  TRY(obey_elements(original, patch, field.key, name));
  TRY(check_keys(patch, field.key, name));
  TRY(check_keys(original, field.key, name));
  merged = original;
  for (Json& element : patch) {
    const std::ptrdiff_t at = position(merged, element, field.key);
    if (at < 0) {
      if (auto clean = without_directives(element, false)) merged.push_back(std::move(*clean));
    } else {
      TRY(merge_object(merged[static_cast<std::size_t>(at)], element, field.type));
    }
  }
  TRY(check_keys(merged, field.key, name));
  return ordered(merged, patch, original, field.key);
}

Result<> retain_keys(Json& original, Json& patch) {
  const Json* found = member(patch, kRetainKeys);
  if (found == nullptr) return {};
  const Json list = *found;
  patch.erase(std::string(kRetainKeys));
  if (!list.is_array()) return wrong_patch("$retainKeys is no list");
  const auto listed = [&](const std::string& key) { return std::find(list.begin(), list.end(), key) != list.end(); };
  for (const auto& [key, value] : patch.items()) {
    const bool directive = key.starts_with(kDeleteFrom) || key.starts_with(kOrder);
    if (!value.is_null() && !directive && !listed(key))
      return wrong_patch("\"" + key + "\" is not among its $retainKeys");
  }
  for (auto at = original.begin(); at != original.end();) at = listed(at.key()) ? std::next(at) : original.erase(at);
  return {};
}

// The elements that a patch adds or changes come in the order that $setElementOrder gives; anything else contradicts.
Result<> check_order(const Json& patch, const Json& order, std::string_view key, std::string_view name) {
  if (order.empty() || patch.empty()) return {};
  std::size_t next = 0;
  for (const Json& element : patch) {
    if (member(element, kPatch) != nullptr) continue;
    TRY(check_keys(Json::array({element}), key, name));
    const Json* wanted = identity(element, key);
    for (; next < order.size(); ++next) {
      const Json* here = identity(order[next], key);
      if (here == nullptr) return check_keys(order, key, name);
      if (*here == *wanted) break;
    }
    if (next++ >= order.size())
      return wrong_patch("the order of \"" + std::string(name) + "\" contradicts its $setElementOrder");
  }
  return {};
}

Result<> set_element_order(Json& original, Json& patch, const std::string& directive, std::string_view type) {
  const Json order = patch[directive];
  patch.erase(directive);
  if (!order.is_array()) return wrong_patch("$setElementOrder is no list");
  if (directive.size() <= kOrder.size() || directive[kOrder.size()] != '/')
    return wrong_patch("malformed $setElementOrder");
  const std::string name = directive.substr(kOrder.size() + 1);
  const PatchField field = patch_field(type, name);
  const Json* before = member(original, name);
  const Json* change = member(patch, name);
  const Json nothing = Json::array();
  if ((before != nullptr && !before->is_array()) || (change != nullptr && !change->is_array())) {
    return wrong_patch("\"" + name + "\" has a $setElementOrder and is no list");
  }
  if (before == nullptr && change == nullptr) return {};
  const Json old_list = before != nullptr ? *before : nothing;
  const Json new_list = change != nullptr ? *change : nothing;
  TRY(check_order(new_list, order, field.key, name));
  Json merged = old_list;
  if (before == nullptr) {
    merged = *without_directives(new_list, false);
  } else if (change != nullptr) {
    merged = field.strategy == MergeStrategy::merge ? TRY(merge_list(old_list, new_list, field, name)) : new_list;
  }
  TRY(elements_of(old_list, new_list, name));
  TRY(check_keys(merged, field.key, name));
  TRY(check_keys(order, field.key, name));
  original[name] = ordered(merged, order, old_list, field.key);
  patch.erase(name);
  return {};
}

Result<> merge_member(Json& original, const std::string& key, const Json& value, std::string_view type) {
  if (value.is_null()) {
    original.erase(key);
    return {};
  }
  Json* present = member(original, key);
  const bool recurse =
      present != nullptr && ((present->is_object() && value.is_object()) || (present->is_array() && value.is_array()));
  if (!recurse) {
    set_clean(original, key, value, present == nullptr || present->type() != value.type());
    return {};
  }
  const PatchField field = patch_field(type, key);
  if (value.is_object()) {
    if (field.strategy == MergeStrategy::replace) {
      *present = value;
      return {};
    }
    return merge_object(*present, value, field.type).context(key);
  }
  *present = field.strategy == MergeStrategy::merge ? TRY(merge_list(std::move(*present), value, field, key)) : value;
  return {};
}

Result<> delete_from_list(Json& original, const std::string& directive, const Json& values) {
  if (directive.size() <= kDeleteFrom.size() || directive[kDeleteFrom.size()] != '/') {
    return wrong_patch("malformed $deleteFromPrimitiveList");
  }
  Json* list = member(original, directive.substr(kDeleteFrom.size() + 1));
  if (values.is_null() && list != nullptr) original.erase(directive.substr(kDeleteFrom.size() + 1));
  if (values.is_null() || list == nullptr || list->type() != values.type() || !values.is_array()) return {};
  if (list->empty() && values.empty()) return {};
  if (TRY(elements_of(*list, values, directive)) == Elements::objects) {
    return wrong_patch("$deleteFromPrimitiveList names a list of objects");
  }
  Json kept = Json::array();
  for (Json& value : *list) {
    if (std::find(values.begin(), values.end(), value) == values.end()) kept.push_back(std::move(value));
  }
  *list = std::move(kept);
  return {};
}

Result<> merge_object(Json& original, Json patch, std::string_view type) {
  if (const Json* directive = member(patch, kPatch)) {
    if (*directive == "replace") {
      patch.erase(std::string(kPatch));
      original = std::move(patch);
    } else if (*directive == "delete") {
      original = Json::object();
    } else {
      return wrong_patch("unknown $patch directive");
    }
    return {};
  }
  TRY(retain_keys(original, patch));
  std::vector<std::string> orders;
  for (const auto& [key, value] : patch.items()) {
    if (key.starts_with(kOrder)) orders.push_back(key);
  }
  for (const std::string& directive : orders) TRY(set_element_order(original, patch, directive, type));
  for (const auto& [key, value] : patch.items()) {
    if (key.starts_with(kDeleteFrom)) {
      TRY(delete_from_list(original, key, value));
    } else {
      TRY(merge_member(original, key, value, type));
    }
  }
  return {};
}

}  // namespace

bool has_strategic_patch(std::string_view api_version, std::string_view kind) {
  return !patch_type(api_version, kind).empty();
}

Result<> apply_strategic_patch(Json& document, const Json& patch, std::string_view api_version, std::string_view kind) {
  const std::string_view type = patch_type(api_version, kind);
  if (type.empty()) {
    return Error(Code::unsupported,
                 "strategic patches are not defined for " + std::string(kind) + " in " + std::string(api_version))
        .hint("Use a merge patch or a JSON patch for this kind.");
  }
  if (!document.is_object() || !patch.is_object()) return wrong_patch("the object and the patch must be JSON objects");
  return merge_object(document, patch, type);
}

}  // namespace salvor::kube
