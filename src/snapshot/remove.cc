#include "snapshot/remove.h"

#include "repo/content_writer.h"
#include "repo/manifest_writer.h"
#include "snapshot/manifest.h"

namespace salvor::snapshot {

Result<> remove_snapshots(repo::Repository& repository, std::span<const std::string> ids, const std::string& user,
                          const std::string& host, Clock& clock, Rng& rng, std::stop_token stop) {
  const auto contents = TRY(repo::ContentWriter::create(repository, {.user = user, .host = host}, clock, rng));
  const repo::ManifestSet manifests = TRY(repository.manifests(stop));
  const auto type = labels_of(Source{}).find(std::string(repo::kTypeLabel))->second;
  for (const std::string& id : ids) {
    const repo::ManifestEntry* const manifest = manifests.get(id);
    const auto label = manifest ? manifest->labels.find(std::string(repo::kTypeLabel)) : repo::Labels::const_iterator();
    if (manifest && label != manifest->labels.end() && label->second == type) continue;
    return Error(Code::not_found, "there is no snapshot " + id + " in " + repository.blobs().describe());
  }
  for (const std::string& id : ids) {
    TRY(repo::remove_manifest(*contents, id, manifests.get(id)->modified, clock, stop));
  }
  return contents->flush(std::move(stop));
}

}  // namespace salvor::snapshot
