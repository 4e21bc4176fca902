// protobuf_tool: the protobuf form of Kubernetes objects as JSON, for tests/peer/protobuf_test.py.
//
//   in   {"kind":"apps/v1 Deployment","protobuf":"BASE64"}      one a line
//   out  {"json":"..."}  or  {"error":"..."}
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "codec/base64.h"
#include "codec/json.h"
#include "codec/json_access.h"
#include "kube/proto_json.h"

namespace {

using salvor::Json;

salvor::Result<std::string> answer(const std::string& line) {
  const Json request = TRY(salvor::codec::parse_json(line));
  const std::string name = salvor::codec::text_member(request, "kind");
  const auto space = name.find(' ');
  const auto kind = salvor::kube::ProtoKind::find(name.substr(0, space), name.substr(space + 1));
  if (!kind) return salvor::Error(salvor::Code::unsupported, name + " is not a kind that is built in");
  std::string json;
  const std::string message = TRY(salvor::codec::decode_base64(salvor::codec::text_member(request, "protobuf")));
  TRY(salvor::kube::ProtoJsonWriter().append(json, *kind, message));
  return json;
}

}  // namespace

int main(int count, char**) {
  if (count > 1) {  // any argument: the kinds
    for (std::size_t i = 0; i < salvor::kube::ProtoKind::count(); ++i) {
      std::cout << salvor::kube::ProtoKind::at(i).name() << '\n';
    }
    return 0;
  }
  for (std::string line; std::getline(std::cin, line);) {
    const auto json = answer(line);
    const Json out = json.ok() ? Json{{"json", *json}} : Json{{"error", json.error().message()}};
    std::cout << salvor::codec::dump_json(out) << '\n';
  }
}
