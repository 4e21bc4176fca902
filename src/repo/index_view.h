// IndexView: what all indexes of a repository together say at one time.
//
// Which index blobs count is worked out from the names of all of them (epoch_state.h, legacy_index.h). They are fetched
// by several threads, opened, and looked into as they are (index_reader.h): memory is their size, some 25 to 50 bytes a
// content. A blob that is gone between the list and its fetching was merged into another by somebody's maintenance;
// then everything is listed again. An index blob never changes, so of an earlier view those that still count are taken
// over, and two views that are held at a time share them.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "repo/blob_store.h"
#include "repo/epoch_state.h"
#include "repo/merged_index.h"
#include "repo/repository_config.h"

namespace salvor::repo {

// An index blob that is damaged or missing, and why.
struct DamagedIndex {
  std::string blob;
  Error error;
};

// What becomes of a view when an index blob is damaged: it is refused, or made of the others. Then contents that the
// blob alone names are not there, and the word of an older index may count: one that is gone may come back, and nobody
// who reads is told anything wrong that a hash would not show. Whoever writes, deletes or maintains must refuse it.
enum class OnDamage { refuse, skip };

// Movable; const methods may be called from any thread.
class IndexView {
 public:
  // Errors: the storage's; `corrupt` names the index blob that is damaged or missing: without it nobody can tell what
  // the repository holds.
  static Result<IndexView> load(BlobStore& store, const RepositoryConfig& config, Clock& clock, std::stop_token stop,
                                const IndexView* earlier = nullptr, OnDamage on_damage = OnDamage::refuse);

  const MergedIndex& contents() const { return contents_; }
  // Without epochs, in format 1, only its defaults.
  const EpochState& epochs() const { return epochs_; }
  std::size_t blobs() const { return bytes_.size(); }
  // Those that it is made without.
  const std::vector<DamagedIndex>& damaged() const { return damaged_; }
  std::uint64_t bytes() const;
  // Some of them as one, deleted entries included whatever the watermark. `invalid` when one is not among them.
  Result<MergedIndex> merged(std::span<const BlobMetadata> blobs) const;

 private:
  using Held = std::map<std::string, std::shared_ptr<const Bytes>, std::less<> >;
  IndexView(EpochState epochs, Held bytes, MergedIndex contents)
      : epochs_(std::move(epochs)), bytes_(std::move(bytes)), contents_(std::move(contents)) {}

  EpochState epochs_;
  Held bytes_;  // by blob; what contents_ looks into
  MergedIndex contents_;
  std::vector<DamagedIndex> damaged_;
};

}  // namespace salvor::repo
