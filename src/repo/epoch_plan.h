// What maintenance does with the index blobs of a repository: when an epoch ends, what is merged, what may be deleted.
// Plans over a view of the epochs (repo/epoch_state.h); whoever carries one out checks before each step that the view
// still is valid.
//
// Deleting is where data gets lost, so plans ask for more than stock does. The index blobs of an epoch are superseded
// only by a set that is named as one (stock takes any blob "xs<E>..." for a set of its own), that is complete, that
// belongs to a settled epoch (stock does not ask; no reader looks at the set of another one), that was written at least
// cleanup_safety_margin ago by the store's clock, and not before the blob itself, which then cannot be in it.
//
// Kopia: internal/epoch/epoch_manager.go, epoch_advance.go, epoch_utils.go.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "repo/blob_id.h"
#include "repo/epoch_state.h"

namespace salvor::repo {

// Whether the current epoch has lasted long enough and holds enough to be ended. Then next_epoch_marker is written.
bool should_advance(const EpochState& state, const EpochParameters& parameters);
// The id of the marker of the epoch after the current one; its blob holds kEpochMarkerBody.
std::string next_epoch_marker(const EpochState& state);

// Index blobs to be merged into one set that is named for the epochs; `first` and `last` are the same for one epoch.
struct MergePlan {
  BlobKind kind = BlobKind::compaction;  // or range
  Epoch first = 0, last = 0;
  std::vector<BlobMetadata> inputs;
};
// The oldest epoch that is in no range and has no compaction, when it is settled and holds anything.
std::optional<MergePlan> next_compaction(const EpochState& state);
// All settled epochs behind the last range, when they are more than full_checkpoint_frequency.
std::optional<MergePlan> next_range(const EpochState& state, const EpochParameters& parameters);

// The id of the blob that makes `until` the watermark; its blob holds kWatermarkBody. Nothing when the watermark is
// later already: it never goes back.
std::optional<std::string> next_watermark(const EpochState& state, Time until);

// Blobs that nobody needs any more. Both are empty when no index was written in the last three epochs, because the
// newest of those tells what time it is in the store.
std::vector<BlobMetadata> superseded_markers(const EpochState& state, const EpochParameters& parameters);
std::vector<BlobMetadata> superseded_indexes(const EpochState& state, const EpochParameters& parameters);

}  // namespace salvor::repo
