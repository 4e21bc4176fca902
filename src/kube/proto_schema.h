// The tables of kube/proto_json.cc: what the built-in kinds look like in protobuf and in JSON. They are generated when
// salvor is built, by tools/kubernetes_schema, from the Go types of k8s.io/api; nothing of them is in the repository.
#pragma once

#include <cstddef>
#include <cstdint>

namespace salvor::kube::proto {

// What one value of a field is.
enum class Kind : std::uint8_t {
  text,
  bytes,  // base64 in JSON
  boolean,
  int32,
  int64,
  message,
  text_list,      // a message with the texts in field 1, an array in JSON
  time,           // metav1.Time
  micro_time,     // metav1.MicroTime
  quantity,       // resource.Quantity
  int_or_string,  // intstr.IntOrString
  raw_json,       // runtime.RawExtension and metav1.FieldsV1: the JSON text in field 1
};

enum Flag : std::uint8_t {
  kPointer = 1,    // absence has a meaning of its own
  kRepeated = 2,   // an array in JSON
  kMapped = 4,     // an object in JSON; on the wire entries of a key, in field 1, and a value, in field 2
  kOmitEmpty = 8,  // JSON leaves it out when it is empty, as Go's omitempty has it
  kOmitZero = 16,  // of a time: JSON leaves it out when it is zero
  kInline = 32,    // its fields stand in JSON among those of the message around it
};

struct Field {
  std::uint32_t key;  // where `,"name":` begins in kKeys
  std::uint8_t key_size;
  std::uint16_t number;
  std::uint16_t message;  // of Kind::message
  Kind kind;
  std::uint8_t flags;
};

struct Message {
  std::uint32_t fields;  // the first one in kFields; they stand in the order of JSON
  std::uint16_t field_count;
  std::uint32_t numbers;  // its part of kFieldOfNumber: one more than the field's index, 0 for no field
  std::uint16_t highest_number;
};

// A kind that is stored as an object.
struct Root {
  const char* name;  // "apps/v1 Deployment"
  std::uint16_t message;
  bool is_complete;  // see ProtoKind
};

extern const Field kFields[];
extern const Message kMessages[];
extern const std::uint8_t kFieldOfNumber[];
extern const char kKeys[];
extern const Root kRoots[];  // in the order of their names
extern const std::size_t kRootCount;

}  // namespace salvor::kube::proto
