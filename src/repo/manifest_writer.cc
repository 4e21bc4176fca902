#include "repo/manifest_writer.h"

#include <algorithm>
#include <span>

#include "repo/object_writer.h"

namespace salvor::repo {

namespace {

Result<> write_entry(ContentWriter& contents, const ManifestEntry& entry, std::stop_token stop) {
  const Bytes content = TRY(encode_manifest_content(std::span(&entry, 1)));
  TRY(contents.write(kManifestContentPrefix, content, kZstdFastest, std::move(stop)));
  return {};
}

}  // namespace

Result<std::string> put_manifest(ContentWriter& contents, Labels labels, std::string data, Clock& clock, Rng& rng,
                                 std::stop_token stop) {
  ManifestEntry entry{new_manifest_id(rng), std::move(labels), clock.now(), false, std::move(data)};
  TRY(write_entry(contents, entry, std::move(stop)));
  return std::move(entry.id);
}

Result<> remove_manifest(ContentWriter& contents, const std::string& id, Time modified, Clock& clock,
                         std::stop_token stop) {
  return write_entry(contents, {.id = id, .modified = std::max(clock.now(), modified + Duration(1)), .deleted = true},
                     std::move(stop));
}

}  // namespace salvor::repo
