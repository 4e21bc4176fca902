#include "kube/object_head.h"

#include "codec/json_dom.h"

namespace salvor::kube {
namespace {

namespace dom = simdjson::dom;

Error wrong(std::string what) { return Error(Code::invalid, "not a Kubernetes object: " + std::move(what)); }

// A string, or null, which Go writes for an absent pointer and reads as "".
Result<> take_text(dom::element value, std::string_view what, std::string& into) {
  std::string_view text;
  if (!value.is_null() && value.get(text)) return wrong(std::string(what) + " is not a string");
  into = text;
  return {};
}

// Visits the members of an object; null counts as empty. Of members with the same name the last one stays, as in Go.
template <class Visit>
Result<> for_each_member(dom::element value, std::string_view what, Visit&& visit) {
  if (value.is_null()) return {};
  dom::object object;
  if (value.get(object)) return wrong(std::string(what) + " is not an object");
  for (const auto [key, member] : object) TRY(visit(key, member));
  return {};
}

Result<> take_owner(dom::element value, std::vector<OwnerReference>& owners) {
  OwnerReference owner;
  TRY(for_each_member(value, "an owner reference", [&](std::string_view key, dom::element member) -> Result<> {
    if (key == "apiVersion") return take_text(member, key, owner.api_version);
    if (key == "kind") return take_text(member, key, owner.kind);
    if (key == "name") return take_text(member, key, owner.name);
    if (key == "uid") return take_text(member, key, owner.uid);
    if (key == "controller") owner.controller = member.is_bool() && bool(member);
    return {};
  }));
  owners.push_back(std::move(owner));
  return {};
}

Result<> take_owners(dom::element value, std::vector<OwnerReference>& owners) {
  owners.clear();
  if (value.is_null()) return {};
  dom::array array;
  if (value.get(array)) return wrong("metadata.ownerReferences is not an array");
  for (const dom::element owner : array) TRY(take_owner(owner, owners));
  return {};
}

Result<> take_labels(dom::element value, std::vector<std::pair<std::string, std::string>>& labels) {
  labels.clear();
  return for_each_member(value, "metadata.labels", [&](std::string_view key, dom::element member) -> Result<> {
    std::string text;
    TRY(take_text(member, "a label's value", text));
    labels.emplace_back(key, std::move(text));
    return {};
  });
}

Result<> take_metadata(std::string_view key, dom::element value, ObjectHead& head) {
  if (key == "name") return take_text(value, "metadata.name", head.name);
  if (key == "namespace") return take_text(value, "metadata.namespace", head.ns);
  if (key == "uid") return take_text(value, "metadata.uid", head.uid);
  if (key == "resourceVersion") return take_text(value, "metadata.resourceVersion", head.resource_version);
  if (key == "deletionTimestamp") head.deleting = !value.is_null();
  if (key == "labels") return take_labels(value, head.labels);
  if (key == "ownerReferences") return take_owners(value, head.owners);
  return {};
}

}  // namespace

const std::string* ObjectHead::label(std::string_view key) const {
  // From the back: of two labels with the same key the last one counts.
  for (auto entry = labels.rbegin(); entry != labels.rend(); ++entry) {
    if (entry->first == key) return &entry->second;
  }
  return nullptr;
}

struct HeadReader::State {
  codec::JsonDom dom;
};

HeadReader::HeadReader() : state_(std::make_unique<State>()) {}
HeadReader::~HeadReader() = default;
HeadReader::HeadReader(HeadReader&&) noexcept = default;

Result<ObjectHead> HeadReader::read(std::string_view object) {
  const dom::element root = TRY(state_->dom.parse(object).context("not a Kubernetes object"));
  ObjectHead head;
  if (!root.is_object()) return wrong("the text is not a JSON object");
  TRY(for_each_member(root, "the text", [&](std::string_view key, dom::element value) -> Result<> {
    if (key == "apiVersion") return take_text(value, key, head.api_version);
    if (key == "kind") return take_text(value, key, head.kind);
    if (key != "metadata") return {};
    return for_each_member(
        value, key, [&](std::string_view member, dom::element inner) { return take_metadata(member, inner, head); });
  }));
  if (head.name.empty()) return wrong("it has no metadata.name");
  return head;
}

}  // namespace salvor::kube
