// A repository's format blobs: any bytes as kopia.repository, as the configuration that is sealed in it and as
// kopia.blobcfg are refused or written again as what was read; any bytes as something sealed are refused.
#include "input.h"
#include "repo/repository_format.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace salvor;
  using namespace salvor::repo;
  const std::string_view text = input_text(data, size);
  if (const auto blob = parse_format_blob(as_bytes(text)); blob.ok()) {
    if (const auto bytes = encode(*blob); bytes.ok()) {
      const auto again = parse_format_blob(*bytes);
      PROMISE(again.ok() && encode(*again).value() == *bytes);
    }
  }
  if (const auto config = parse_repository_config(os::Secret(text)); config.ok()) {
    const os::Secret written = encode(*config);
    const auto again = parse_repository_config(written);
    PROMISE(again.ok() && encode(*again) == written);
    (void)check_usable(*config).ok();
    (void)validate(*config).ok();
    if (config->upgrade_lock) {
      (void)config->upgrade_lock->is_locked({});
      (void)config->upgrade_lock->upgrade_time();
    }
  }
  if (const auto config = parse_blob_config(text); config.ok()) {
    const auto again = parse_blob_config(encode(*config));
    PROMISE(again.ok() && *again == *config);
    (void)validate(*config).ok();
  }
  static const FormatKey kKey(os::Secret("a key"), as_bytes("a unique id of 32 bytes, or more"));
  PROMISE(!kKey.open(as_bytes(text)).ok());
  return 0;
}
