#include "codec/protobuf.h"

#include <algorithm>

namespace salvor::codec {

namespace {

constexpr std::uint64_t kHighestNumber = (1U << 29) - 1;

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

}  // namespace

bool take_long_varint(std::string_view& text, std::uint64_t& value) {
  constexpr std::size_t kMostBytes = 10;
  value = 0;
  for (std::size_t i = 0; i < std::min(text.size(), kMostBytes); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (i == kMostBytes - 1 && byte > 1) return false;
    value |= static_cast<std::uint64_t>(byte & 0x7F) << (7 * i);
    if (byte < 0x80) {
      text.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

void append_varint(Bytes& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<std::byte>(value | 0x80));
  out.push_back(static_cast<std::byte>(value));
}

void append_number_field(Bytes& out, std::uint32_t number, std::uint64_t value) {
  append_varint(out, std::uint64_t{number} << 3 | static_cast<std::uint64_t>(WireType::varint));
  append_varint(out, value);
}

void append_bytes_field(Bytes& out, std::uint32_t number, std::string_view bytes) {
  append_varint(out, std::uint64_t{number} << 3 | static_cast<std::uint64_t>(WireType::bytes));
  append_varint(out, bytes.size());
  append(out, as_bytes(bytes));
}

bool ProtobufReader::next(ProtobufField& field) {
  if (rest_.empty() || malformed_) return false;
  std::uint64_t tag = 0;
  if (!take_varint(rest_, tag) || tag >> 3 == 0 || tag >> 3 > kHighestNumber) return fail();
  field.number = static_cast<std::uint32_t>(tag >> 3);
  field.type = static_cast<WireType>(tag & 7);
  std::uint64_t size = 0;
  switch (field.type) {
    case WireType::varint: return take_varint(rest_, field.value) || fail();
    case WireType::fixed64: size = 8; break;
    case WireType::fixed32: size = 4; break;
    case WireType::bytes:
      if (!take_varint(rest_, size)) return fail();
      break;
    default: return fail();
  }
  if (size > rest_.size()) return fail();
  field.bytes = rest_.substr(0, size);
  rest_.remove_prefix(size);
  if (field.type != WireType::bytes) field.value = little_endian(field.bytes);
  return true;
}

}  // namespace salvor::codec
