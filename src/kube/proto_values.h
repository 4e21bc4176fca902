// Values of kube/proto_json.cc whose two forms are written by hand in Kubernetes' Go types.
//
// Each appends JSON and is false when `message` is of a form that is not known.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "codec/protobuf.h"

namespace salvor::kube {

void append_integer(std::string& json, std::int64_t value);

// metav1.Time and metav1.MicroTime: seconds and nanoseconds since 1970. An empty message is Go's zero time, which is
// null.
bool append_time(std::string& json, std::string_view message, bool with_micros);
// resource.Quantity. The server writes it in its canonical form, which JSON has too.
bool append_quantity(std::string& json, std::string_view message);
// intstr.IntOrString.
bool append_int_or_string(std::string& json, std::string_view message);
// runtime.RawExtension and metav1.FieldsV1.
bool append_raw_json(std::string& json, std::string_view message);
// A named list such as certificates/v1.ExtraValue.
bool append_text_list(std::string& json, std::string_view message);

// Reads a message whose fields are few and known, by their numbers from 1; those that are absent keep the number 0.
// False when there is anything else, or one twice.
template <std::size_t kCount>
bool read_fixed(std::string_view message, std::array<codec::ProtobufField, kCount>& fields) {
  codec::ProtobufReader reader(message);
  codec::ProtobufField field;
  while (reader.next(field)) {
    if (field.number > kCount || fields[field.number - 1].number != 0) return false;
    fields[field.number - 1] = field;
  }
  return !reader.malformed();
}

inline bool is_absent_or(const codec::ProtobufField& field, codec::WireType type) {
  return field.number == 0 || field.type == type;
}

}  // namespace salvor::kube
