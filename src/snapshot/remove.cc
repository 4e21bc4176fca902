#include "snapshot/remove.h"

#include <vector>

#include "repo/content_writer.h"
#include "repo/manifest_writer.h"
#include "snapshot/manifest.h"

namespace salvor::snapshot {

Result<std::size_t> remove_snapshots(repo::Repository& repository, std::span<const std::string> ids, Missing missing,
                                     const std::string& user, const std::string& host, Clock& clock, Rng& rng,
                                     std::stop_token stop) {
  const auto contents = TRY(repo::ContentWriter::create(repository, {.user = user, .host = host}, clock, rng));
  const repo::ManifestSet manifests = TRY(repository.manifests(stop));
  const auto type = labels_of(Source{}).find(std::string(repo::kTypeLabel))->second;
  std::vector<const repo::ManifestEntry*> going;
  for (const std::string& id : ids) {
    const repo::ManifestEntry* const manifest = manifests.get(id);
    const auto label = manifest ? manifest->labels.find(std::string(repo::kTypeLabel)) : repo::Labels::const_iterator();
    if (manifest && label != manifest->labels.end() && label->second == type) {
      going.push_back(manifest);
    } else if (manifest || missing == Missing::refused) {
      return Error(Code::not_found, "there is no snapshot " + id + " in " + repository.blobs().describe());
    }
  }
  for (const repo::ManifestEntry* const manifest : going) {
    TRY(repo::remove_manifest(*contents, manifest->id, manifest->modified, clock, stop));
  }
  TRY(contents->flush(std::move(stop)));
  return going.size();
}

}  // namespace salvor::snapshot
