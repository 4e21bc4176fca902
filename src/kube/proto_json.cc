// A message is walked over once, to find where each field stands, and its fields are then written in the order of JSON,
// which is that of the Go struct. Nothing is copied but into the text.

#include "kube/proto_json.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "codec/base64.h"
#include "codec/json_text.h"
#include "codec/protobuf.h"
#include "kube/proto_schema.h"
#include "kube/proto_values.h"

namespace salvor::kube {

namespace {

using codec::ProtobufField;
using codec::ProtobufReader;
using codec::WireType;
using proto::Field;
using proto::Kind;
using proto::Message;

constexpr int kMostDepth = 60;  // of the built-in kinds none comes near it

// `,"name":`
std::string_view key_of(const Field& field) { return {proto::kKeys + field.key, field.key_size}; }
std::span<const Field> fields_of(const Message& message) {
  return {proto::kFields + message.fields, message.field_count};
}
bool is(const Field& field, int flag) { return (field.flags & flag) != 0; }
bool is_many(const Field& field) { return is(field, proto::kRepeated | proto::kMapped); }

bool is_number(Kind kind) { return kind == Kind::boolean || kind == Kind::int32 || kind == Kind::int64; }

// A map's entry: its key, and its value if there is one.
bool entry_is_whole(std::string_view message, std::array<ProtobufField, 2>& entry) {
  return read_fixed(message, entry) && entry[0].number != 0 && entry[0].type == WireType::bytes;
}

}  // namespace

class ProtoJsonWriter::Members {
 public:
  // The members of one object, behind others.
  Result<> append(std::string& json, const Message& message, std::string_view bytes) {
    json_ = &json;
    error_.reset();
    bool first = false;
    if (members(message, bytes, first, 0)) return {};
    return std::move(*error_);
  }

 private:
  // Where the values of one field stand: from the first to the end of the last.
  struct Slot {
    ProtobufField value;
    const char* begin = nullptr;
    const char* end = nullptr;
    bool seen() const { return begin != nullptr; }
  };
  using Slots = std::vector<Slot>;

  bool fail(Code code, std::string what) {
    if (!error_) error_.emplace(code, std::move(what));
    return false;
  }
  bool corrupt() { return fail(Code::corrupt, "not a protobuf message"); }
  bool strange(const Field& field) {
    const std::string_view name = key_of(field).substr(1, field.key_size - 2U);
    return fail(Code::unsupported, "the value of the field " + std::string(name) + " is of a form that is not known");
  }

  void comma(bool& first) {
    if (!first) *json_ += ',';
    first = false;
  }
  void key(const Field& field, bool& first) {
    *json_ += key_of(field).substr(first ? 1 : 0);
    first = false;
  }

  bool members(const Message& message, std::string_view bytes, bool& first, int depth);
  bool locate(const Message& message, std::string_view bytes, Slots& slots);
  void absent(const Field& field, bool& first);
  bool member(const Field& field, const Slot& slot, bool& first, int depth);
  bool array(const Field& field, const Slot& slot, int depth);
  bool map(const Field& field, const Slot& slot, int depth);
  bool value(const Field& field, const ProtobufField& value, int depth);

  std::string* json_ = nullptr;
  std::array<Slots, kMostDepth + 1> slots_;  // of the messages that are open, by depth
  std::optional<Error> error_;
};

bool ProtoJsonWriter::Members::members(const Message& message, std::string_view bytes, bool& first, int depth) {
  if (depth > kMostDepth) return fail(Code::unsupported, "messages are nested too deeply");
  Slots& slots = slots_[static_cast<std::size_t>(depth)];
  if (slots.size() < message.field_count) slots.resize(message.field_count);
  for (std::size_t i = 0; i < message.field_count; ++i) slots[i].begin = nullptr;
  if (!locate(message, bytes, slots)) return false;
  const std::span<const Field> fields = fields_of(message);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!slots[i].seen()) {
      absent(fields[i], first);
    } else if (!member(fields[i], slots[i], first, depth)) {
      return false;
    }
  }
  return true;
}

bool ProtoJsonWriter::Members::locate(const Message& message, std::string_view bytes, Slots& slots) {
  ProtobufReader reader(bytes);
  ProtobufField found;
  for (const char* begin = bytes.data(); reader.next(found); begin = reader.rest().data()) {
    const unsigned index =
        found.number <= message.highest_number ? proto::kFieldOfNumber[message.numbers + found.number] : 0;
    if (index == 0)
      return fail(Code::unsupported, "a field with the number " + std::to_string(found.number) + " is not known");
    const Field& field = proto::kFields[message.fields + index - 1];
    const WireType expected = is_number(field.kind) && !is(field, proto::kMapped) ? WireType::varint : WireType::bytes;
    Slot& slot = slots[index - 1];
    if (found.type != expected || (slot.seen() && !is_many(field))) return strange(field);
    if (!slot.seen()) slot.begin = begin;
    slot.end = reader.rest().data();
    slot.value = found;
  }
  return !reader.malformed() || corrupt();
}

// A field that is no pointer stands on the wire even when it is empty; where it does not, the server does not know it
// yet, and would not have sent it in JSON either.
void ProtoJsonWriter::Members::absent(const Field& field, bool& first) {
  const bool is_null = is_many(field) || is(field, proto::kPointer) || field.kind == Kind::bytes;
  if (!is_null || is(field, proto::kOmitEmpty) || is(field, proto::kInline)) return;
  key(field, first);
  *json_ += "null";
}

// Go's omitempty knows no empty structs, so a message is always written.
bool ProtoJsonWriter::Members::member(const Field& field, const Slot& slot, bool& first, int depth) {
  if (is(field, proto::kInline)) {
    return members(proto::kMessages[field.message], slot.value.bytes, first, depth + 1);
  }
  if (is(field, proto::kOmitEmpty) && !is(field, proto::kPointer) && !is_many(field)) {
    const bool is_plain = field.kind == Kind::text || field.kind == Kind::bytes;
    if (is_number(field.kind) ? slot.value.value == 0 : is_plain && slot.value.bytes.empty()) return true;
  }
  if (is(field, proto::kOmitZero) && slot.value.bytes.empty()) return true;
  key(field, first);
  if (is(field, proto::kMapped)) return map(field, slot, depth);
  return is(field, proto::kRepeated) ? array(field, slot, depth) : value(field, slot.value, depth);
}

bool ProtoJsonWriter::Members::array(const Field& field, const Slot& slot, int depth) {
  *json_ += '[';
  ProtobufReader reader({slot.begin, slot.end});
  ProtobufField found;
  bool first = true;
  while (reader.next(found)) {
    if (found.number != field.number) continue;
    comma(first);
    if (!value(field, found, depth)) return false;
  }
  *json_ += ']';
  return true;
}

bool ProtoJsonWriter::Members::map(const Field& field, const Slot& slot, int depth) {
  struct Entry {
    std::string_view key;
    ProtobufField value;
  };
  std::vector<Entry> entries;
  ProtobufReader reader({slot.begin, slot.end});
  ProtobufField found;
  while (reader.next(found)) {
    if (found.number != field.number) continue;
    std::array<ProtobufField, 2> entry;
    // Go writes no value where the bytes are nil, and reads that as no bytes.
    const bool has_value = entry_is_whole(found.bytes, entry) && (entry[1].number != 0 || field.kind == Kind::bytes);
    const WireType expected = is_number(field.kind) ? WireType::varint : WireType::bytes;
    if (!has_value || !is_absent_or(entry[1], expected)) {
      return strange(field);
    }
    entries.push_back({entry[0].bytes, entry[1]});
  }
  std::ranges::stable_sort(entries, {}, &Entry::key);  // as they come from a server they are in order
  if (std::ranges::adjacent_find(entries, {}, &Entry::key) != entries.end()) return strange(field);
  *json_ += '{';
  bool first = true;
  for (const Entry& entry : entries) {
    comma(first);
    codec::append_json_text(*json_, entry.key);
    *json_ += ':';
    if (!value(field, entry.value, depth)) return false;
  }
  *json_ += '}';
  return true;
}

bool ProtoJsonWriter::Members::value(const Field& field, const ProtobufField& value, int depth) {
  switch (field.kind) {
    case Kind::text: codec::append_json_text(*json_, value.bytes); return true;
    case Kind::bytes:
      *json_ += '"';
      codec::append_base64(*json_, value.bytes);
      *json_ += '"';
      return true;
    case Kind::boolean: *json_ += value.value != 0 ? "true" : "false"; return true;
    case Kind::int32: append_integer(*json_, static_cast<std::int32_t>(value.value)); return true;
    case Kind::int64: append_integer(*json_, static_cast<std::int64_t>(value.value)); return true;
    case Kind::message: {
      *json_ += '{';
      bool first = true;
      if (!members(proto::kMessages[field.message], value.bytes, first, depth + 1)) return false;
      *json_ += '}';
      return true;
    }
    case Kind::text_list: return append_text_list(*json_, value.bytes) || strange(field);
    case Kind::time: return append_time(*json_, value.bytes, false) || strange(field);
    case Kind::micro_time: return append_time(*json_, value.bytes, true) || strange(field);
    case Kind::quantity: return append_quantity(*json_, value.bytes) || strange(field);
    case Kind::int_or_string: return append_int_or_string(*json_, value.bytes) || strange(field);
    case Kind::raw_json: return append_raw_json(*json_, value.bytes) || strange(field);
  }
  return strange(field);
}

std::optional<ProtoKind> ProtoKind::find(std::string_view api_version, std::string_view kind) {
  const std::string wanted = std::string(api_version) + ' ' + std::string(kind);
  const std::span roots(proto::kRoots, proto::kRootCount);
  const auto found = std::ranges::lower_bound(roots, std::string_view(wanted), {},
                                              [](const proto::Root& root) { return std::string_view(root.name); });
  if (found == roots.end() || found->name != wanted) return std::nullopt;
  return ProtoKind(static_cast<std::size_t>(found - roots.begin()));
}

std::size_t ProtoKind::count() { return proto::kRootCount; }
ProtoKind ProtoKind::at(std::size_t index) { return ProtoKind(index); }
std::string_view ProtoKind::name() const { return proto::kRoots[index_].name; }
bool ProtoKind::is_complete() const { return proto::kRoots[index_].is_complete; }

ProtoJsonWriter::ProtoJsonWriter() : members_(std::make_unique<Members>()) {}
ProtoJsonWriter::~ProtoJsonWriter() = default;
ProtoJsonWriter::ProtoJsonWriter(ProtoJsonWriter&&) noexcept = default;

Result<> ProtoJsonWriter::append(std::string& json, ProtoKind kind, std::string_view message) {
  const std::string_view name = kind.name();
  const std::size_t space = name.find(' ');
  json += R"({"kind":)";
  codec::append_json_text(json, name.substr(space + 1));
  json += R"(,"apiVersion":)";
  codec::append_json_text(json, name.substr(0, space));
  const Message& root = proto::kMessages[proto::kRoots[kind.index_].message];
  if (Result<> written = members_->append(json, root, message); !written.ok()) {
    return std::move(written).error().context(std::string(name));
  }
  json += '}';
  return {};
}

}  // namespace salvor::kube
