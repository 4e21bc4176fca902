// Any text as the manifest of a snapshot: what is read is read again from what is written.
#include "input.h"
#include "snapshot/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace salvor;
  const auto manifest = snapshot::parse_manifest(input_text(data, size));
  if (!manifest.ok()) {
    PROMISE(manifest.error().code() == Code::corrupt);
    return 0;
  }
  const auto again = snapshot::parse_manifest(snapshot::encode(*manifest));
  PROMISE(again.ok() && *again == *manifest);
  (void)snapshot::labels_of(*manifest).ok();
  return 0;
}
