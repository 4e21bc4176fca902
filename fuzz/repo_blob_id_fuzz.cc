// Any text as the name of a blob: what is a name is printed as the same text.
#include "input.h"
#include "repo/blob_id.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace salvor;
  const std::string_view id = input_text(data, size);
  if (const auto name = repo::parse_blob_id(id)) PROMISE(repo::encode(*name) == id);
  (void)repo::blob_iv(id).ok();
  PROMISE(id.find(repo::session_of(id)) != std::string_view::npos);
  return 0;
}
