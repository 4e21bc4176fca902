// Protobuf messages for tests, field by field.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace salvor::kube::testing {

std::string proto_varint(std::uint64_t value);
std::string proto_field(std::uint32_t number, std::string_view bytes);
std::string proto_number(std::uint32_t number, std::uint64_t value);

// What a server answers to a LIST: of `kind`, "SecretList" of "v1", with these items.
struct ProtoList {
  std::string api_version = "v1", kind = "SecretList";
  std::string resource_version = "812", continue_token = {};
  std::string items = {};  // each a proto_field(2, ...)
  std::string text() const;
};

// A Secret of that name, as an item of ProtoList.
std::string proto_secret(std::string_view name, std::string_view more = {});

}  // namespace salvor::kube::testing
