// What several indexes say together, written as one set of index blobs of an epoch or a range of them.
//
// A set is written in blobs of a bounded number of entries, so that memory is one of them; for readers it counts when
// all of them are there. Its entries come twice from `merged`: once to count them, because every blob's name says how
// many there are. [kopia repo/content/indexblob/index_blob_manager_v1.go CompactEpoch]
#pragma once

#include <functional>
#include <string>

#include "base/rng.h"
#include "repo/blob_id.h"
#include "repo/epoch_state.h"
#include "repo/merged_index.h"
#include "repo/repository_config.h"

namespace salvor::repo {

// What the set's blobs are named for: `index` and `compaction` are of the epoch `first`.
struct MergedSetName {
  BlobKind kind = BlobKind::compaction;
  Epoch first = 0, last = 0;
};

using PutIndexBlob = std::function<Result<>(const std::string& id, ByteView bytes)>;

// Nothing is put when there are no entries. Errors: those of the indexes and of `put`.
Result<> write_merged_set(const RepositoryConfig& config, const MergedIndex& merged, const MergedSetName& name,
                          Rng& rng, const PutIndexBlob& put);

}  // namespace salvor::repo
