// YAML documents: never more than an Error, and what comes out is JSON that can be written.
#include <nlohmann/json.hpp>

#include "codec/json.h"
#include "codec/yaml.h"
#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace salvor;
  const auto documents = codec::parse_yaml_stream(input_text(data, size));
  if (!documents.ok()) return 0;
  for (const Json& document : *documents) PROMISE(codec::parse_json(codec::dump_json(document)).ok());
  return 0;
}
