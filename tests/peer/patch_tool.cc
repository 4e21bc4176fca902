// patch_tool: strategic merge patch on standard input and output, for tests/peer/strategic_merge_test.py.
//
//   in   {"apiVersion":"v1","kind":"Pod","original":{...},"patch":{...}}      one a line
//   out  {"result":{...}}  or  {"error":"..."}
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "codec/json.h"
#include "codec/json_access.h"
#include "kube/patch.h"

namespace {

using salvor::Json;

salvor::Result<Json> answer(const std::string& line) {
  const Json request = TRY(salvor::codec::parse_json(line));
  Json object = salvor::codec::object_member(request, "original");
  TRY(salvor::kube::apply_strategic_patch(object, salvor::codec::object_member(request, "patch"),
                                          salvor::codec::text_member(request, "apiVersion"),
                                          salvor::codec::text_member(request, "kind")));
  return object;
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const auto result = answer(line);
    const Json out = result.ok() ? Json{{"result", *result}} : Json{{"error", result.error().message()}};
    std::cout << salvor::codec::dump_json(out) << std::endl;
  }
}
