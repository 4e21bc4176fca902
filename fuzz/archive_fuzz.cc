// Foreign archives. The input is a tar stream, so that gzip's checksum does not keep the fuzzer out; its headers'
// checksums are mended for the same reason. An input that begins like gzip is taken as it is.
// Whatever opens can be read, object by object, and has no problems but texts that are not JSON.
#include <cstring>
#include <filesystem>
#include <string>

#include "archive/archive.h"
#include "base/clock.h"
#include "codec/gzip.h"
#include "codec/tar.h"
#include "input.h"
#include "store/memory.h"

namespace {

void mend_checksums(std::string& tar) {
  for (std::size_t at = 0; at + salvor::codec::kTarBlock <= tar.size(); at += salvor::codec::kTarBlock) {
    char* header = tar.data() + at;
    if (std::memcmp(header + 257, "ustar", 5) != 0) continue;
    std::memset(header + 148, ' ', 8);
    unsigned sum = 0;
    for (std::size_t i = 0; i < salvor::codec::kTarBlock; ++i) sum += static_cast<unsigned char>(header[i]);
    char digits[12];
    std::snprintf(digits, sizeof digits, "%06o", sum);
    std::memcpy(header + 148, digits, 7);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace salvor;
  std::string tar(input_text(data, size));
  Bytes packed;
  if (tar.starts_with("\x1f\x8b")) {
    append(packed, as_bytes(tar));
  } else {
    mend_checksums(tar);
    static codec::GzipCompressor compressor(1);
    compressor.compress(as_bytes(tar), packed);
  }
  FakeClock clock;
  store::MemoryStorage storage(clock);
  PROMISE(store::put(storage, "a", packed, store::Exists::replace, {}).ok());
  archive::Archive::OpenOptions options;
  options.archive_key = "a";
  options.spool_directory = std::filesystem::exists("/dev/shm") ? "/dev/shm" : "/tmp";
  options.max_spool_bytes = 8 << 20;
  options.max_object_bytes = 1 << 20;
  const auto archive = archive::Archive::open(storage, options, {});
  if (!archive.ok()) return 0;
  for (const archive::Section& section : (*archive)->sections()) {
    std::uint64_t objects = 0;
    const auto read = (*archive)->read_all(section,
                                           [&](const archive::Record& record, std::string_view text) -> Result<> {
                                             ++objects;
                                             const auto found = (*archive)->find(section, record.ns, record.name, {});
                                             PROMISE(found.ok() && found->has_value());
                                             const auto alone = (*archive)->read(section, **found, {});
                                             PROMISE(alone.ok() && *alone == text);
                                             return {};
                                           },
                                           {});
    PROMISE(read.ok());
    PROMISE(objects == section.objects);
  }
  PROMISE((*archive)->verify([](const std::string&) {}, nullptr, {}).ok());
  return 0;
}
