// ProtobufReader walks over the fields of one protobuf message as they stand on the wire
// (protobuf.dev/programming-guides/encoding). It knows no schema: who reads knows what a number means.
//
//   ProtobufReader reader(message);
//   ProtobufField field;
//   while (reader.next(field)) ...
//   if (reader.malformed()) ...
//
// Groups, which nothing in this field uses, are malformed. The fields point into the message.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace salvor::codec {

enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

struct ProtobufField {
  std::uint32_t number = 0;
  WireType type = WireType::varint;
  std::uint64_t value = 0;  // of varint, fixed64 and fixed32
  std::string_view bytes;   // of bytes
};

class ProtobufReader {
 public:
  explicit ProtobufReader(std::string_view message) : rest_(message) {}

  // The next field. False at the message's end, and where its bytes make no field.
  bool next(ProtobufField& field);
  bool malformed() const { return malformed_; }
  // What has not been read.
  std::string_view rest() const { return rest_; }

 private:
  bool fail() {
    malformed_ = true;
    return false;
  }

  std::string_view rest_;
  bool malformed_ = false;
};

// Takes a varint from the front of `text`. False when it is cut off or longer than 64 bits; `text` is then as before.
bool take_long_varint(std::string_view& text, std::uint64_t& value);
inline bool take_varint(std::string_view& text, std::uint64_t& value) {
  if (text.empty() || static_cast<unsigned char>(text[0]) >= 0x80) return take_long_varint(text, value);
  value = static_cast<unsigned char>(text[0]);  // as nearly all tags and sizes
  text.remove_prefix(1);
  return true;
}

// Appends `value`, seven bits a byte, the lowest first; the top bit marks that more follows.
void append_varint(Bytes& out, std::uint64_t value);
// A field with its tag: a number as a varint, or bytes with their size before them.
void append_number_field(Bytes& out, std::uint32_t number, std::uint64_t value);
void append_bytes_field(Bytes& out, std::uint32_t number, std::string_view bytes);

}  // namespace salvor::codec
