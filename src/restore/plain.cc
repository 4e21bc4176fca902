#include "restore/plain.h"

#include <charconv>
#include <utility>

#include "codec/json_dom.h"
#include "codec/json_text.h"
#include "restore/rules.h"

namespace salvor::restore {
namespace {

namespace dom = simdjson::dom;

void append_integer(std::string& json, auto value) {
  char digits[24];
  json.append(digits, std::to_chars(digits, std::end(digits), value).ptr);
}

// Writes members one after the other.
class ObjectText {
 public:
  explicit ObjectText(std::string& json) : json_(json) { json_ += '{'; }
  std::string& member(std::string_view key) {
    if (!std::exchange(first_, false)) json_ += ',';
    codec::append_json_text(json_, key);
    json_ += ':';
    return json_;
  }
  void text_member(std::string_view key, std::string_view value) { codec::append_json_text(member(key), value); }
  void end() { json_ += '}'; }

 private:
  std::string& json_;
  bool first_ = true;
};

// False when there is a number that would not come out as it was written.
bool append_value(std::string& json, dom::element value) {
  switch (value.type()) {
    case dom::element_type::STRING: codec::append_json_text(json, std::string_view(value)); return true;
    case dom::element_type::BOOL: json += bool(value) ? "true" : "false"; return true;
    case dom::element_type::NULL_VALUE: json += "null"; return true;
    case dom::element_type::INT64: append_integer(json, std::int64_t(value)); return true;
    case dom::element_type::UINT64: append_integer(json, std::uint64_t(value)); return true;
    case dom::element_type::DOUBLE: return false;
    case dom::element_type::OBJECT: {
      ObjectText object(json);
      const dom::object members = value;
      for (const auto [key, member] : members) {
        if (!append_value(object.member(key), member)) return false;
      }
      object.end();
      return true;
    }
    case dom::element_type::ARRAY: {
      json += '[';
      bool first = true;
      const dom::array elements = value;
      for (const dom::element element : elements) {
        if (!std::exchange(first, false)) json += ',';
        if (!append_value(json, element)) return false;
      }
      json += ']';
      return true;
    }
  }
  return false;
}

bool append_labels(std::string& json, const std::optional<dom::element>& labels, const PlainEdit& edit) {
  ObjectText object(json);
  if (labels) {
    dom::object members;
    if (labels->get(members)) return false;
    for (const auto [key, member] : members) {
      if (key == kBackupLabel || key == kRestoreLabel) continue;
      if (!append_value(object.member(key), member)) return false;
    }
  }
  object.text_member(kBackupLabel, edit.backup_label);
  object.text_member(kRestoreLabel, edit.restore_label);
  object.end();
  return true;
}

// Takes a text that may be there once.
bool take_once(std::optional<std::string_view>& into, dom::element value) {
  std::string_view text;
  if (into || value.get(text)) return false;
  into = text;
  return true;
}

bool append_metadata(std::string& json, dom::element value, const PlainEdit& edit) {
  dom::object metadata;
  if (value.get(metadata)) return false;
  ObjectText object(json);
  std::optional<std::string_view> ns, name;
  std::optional<dom::element> labels;
  for (const auto [key, member] : metadata) {
    if (key == "namespace") {
      if (!take_once(ns, member)) return false;
    } else if (key == "name") {
      if (!take_once(name, member)) return false;
    } else if (key == "labels") {
      if (labels) return false;
      labels = member;
    } else if (key == "managedFields" ? edit.managed_fields && !member.is_null() : !is_reset_in_metadata(key)) {
      if (!append_value(object.member(key), member)) return false;
    }
  }
  if (name.value_or("") != edit.name || ns.value_or("") != edit.ns) return false;
  object.text_member("name", edit.name);
  if (!edit.ns.empty()) object.text_member("namespace", edit.target_ns);
  if (!append_labels(object.member("labels"), labels, edit)) return false;
  object.end();
  return true;
}

}  // namespace

std::optional<std::string> edit_plain(std::string_view text, const PlainEdit& edit) {
  thread_local codec::JsonDom reader;  // its buffers cost more than the object
  dom::element root;
  dom::object members;
  if (reader.parse_exactly(text, root) || root.get(members)) return std::nullopt;
  std::string json;
  json.reserve(text.size() + 256);
  ObjectText object(json);
  bool has_metadata = false;
  for (const auto [key, member] : members) {
    if (key == "status") continue;
    std::string& into = object.member(key);
    if (key != "metadata" ? !append_value(into, member)
                          : std::exchange(has_metadata, true) || !append_metadata(into, member, edit)) {
      return std::nullopt;
    }
  }
  if (!has_metadata) return std::nullopt;
  object.end();
  return json;
}

}  // namespace salvor::restore
