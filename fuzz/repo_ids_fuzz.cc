// Content and object ids: what is read is printed as it was, but for the D of object ids, which may be left out; binary
// forms come back.

#include "input.h"
#include "repo/object_id.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace salvor;
  using namespace salvor::repo;
  const std::string_view text = input_text(data, size);
  if (auto id = ContentId::parse(text); id.ok()) {
    PROMISE(to_string(*id) == text);
    const auto again = ContentId::from_binary(id->binary());
    PROMISE(again.ok() && *again == *id);
  }
  if (auto id = ContentId::from_binary(as_bytes(text)); id.ok()) {
    auto again = ContentId::parse(to_string(*id));
    PROMISE(again.ok() && *again == *id && as_text(again->binary()) == text);
  }
  if (const auto id = ObjectId::parse(text); id.ok()) {
    const auto again = ObjectId::parse(to_string(*id));
    PROMISE(again.ok() && *again == *id);
    PROMISE(to_string(*id) == text || text.find('D') != std::string_view::npos);
  }
  return 0;
}
