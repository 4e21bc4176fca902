// Object heads: what has a head is JSON, and has a name.
#include "codec/json.h"
#include "input.h"
#include "kube/object_head.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace salvor;
  static kube::HeadReader reader;
  const std::string_view text = input_text(data, size);
  const auto head = reader.read(text);
  if (!head.ok()) return 0;
  PROMISE(!head->name.empty());
  PROMISE(codec::check_json(text).ok());
  return 0;
}
