#include "kube/proto_testing.h"

namespace salvor::kube::testing {

std::string proto_varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

std::string proto_field(std::uint32_t number, std::string_view bytes) {
  return proto_varint(number << 3 | 2) + proto_varint(bytes.size()) + std::string(bytes);
}

std::string proto_number(std::uint32_t number, std::uint64_t value) {
  return proto_varint(number << 3) + proto_varint(value);
}

std::string ProtoList::text() const {
  const std::string list =
      proto_field(1, proto_field(1, "") + proto_field(2, resource_version) + proto_field(3, continue_token)) + items;
  return std::string("k8s\0", 4) + proto_field(1, proto_field(1, api_version) + proto_field(2, kind)) +
         proto_field(2, list) + proto_field(3, "") + proto_field(4, "");
}

std::string proto_secret(std::string_view name, std::string_view more) {
  return proto_field(2, proto_field(1, proto_field(1, name)) + std::string(more));
}

}  // namespace salvor::kube::testing
