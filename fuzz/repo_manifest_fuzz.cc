// Any text, and any gzip, as a content of manifests: what is read is read again from what is written.
#include "codec/gzip.h"
#include "input.h"
#include "repo/manifest_set.h"

namespace {

using namespace salvor;

Result<std::vector<repo::ManifestEntry> > read(ByteView content) {
  std::vector<repo::ManifestEntry> entries;
  TRY(repo::read_manifest_content(
      content,
      [&](repo::ManifestEntry&& entry) -> Result<> {
        entries.push_back(std::move(entry));
        return {};
      },
      1 << 20));
  return entries;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes = std::as_bytes(std::span(data, size));
  (void)read(bytes).ok();
  const auto entries = read(codec::gzip(bytes, 0));
  if (!entries.ok()) return 0;
  const auto again = repo::encode_manifest_content(*entries);
  PROMISE(again.ok());
  const auto reread = read(*again);
  PROMISE(reread.ok() && reread->size() == entries->size());
  repo::ManifestSet forward, backward;
  for (std::size_t i = 0; i < entries->size(); ++i) {
    PROMISE((*reread)[i].id == (*entries)[i].id && (*reread)[i].labels == (*entries)[i].labels);
    forward.merge((*entries)[i]);
    backward.merge((*entries)[entries->size() - 1 - i]);
  }
  const auto found = forward.find({}), same = backward.find({});
  PROMISE(found.size() == same.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    PROMISE(found[i]->id == same[i]->id && found[i]->data == same[i]->data);
  return 0;
}
