// JSON documents: what parses can be written and parses again to the same value, and the fast check agrees.
#include <nlohmann/json.hpp>

#include "codec/json.h"
#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace salvor;
  const std::string_view text = input_text(data, size);
  const auto value = codec::parse_json(text);
  const auto checked = codec::check_json(text);
  if (!value.ok()) return 0;
  PROMISE(checked.ok());
  const auto again = codec::parse_json(codec::dump_json(*value));
  PROMISE(again.ok());
  PROMISE(codec::dump_json(*again) == codec::dump_json(*value));
  PROMISE(codec::parse_json(codec::dump_json_pretty(*value)).ok());
  return 0;
}
