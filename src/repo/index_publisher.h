// Index blobs into the current epoch, so that no client ever overlooks them.
//
// Who merges an epoch's indexes does so when its second next epoch has begun, and nobody reads the merged ones by
// themselves again. An index that is written into an epoch which is that old by then would be lost. So the epoch is
// looked up shortly before, and looked up again behind the write: when it is settled by then, the index is taken away
// and written anew into the epoch that is current now. [kopia internal/epoch/epoch_manager.go WriteIndex]
#pragma once

#include <span>
#include <stop_token>
#include <string_view>

#include "base/clock.h"
#include "base/rng.h"
#include "repo/blob_store.h"
#include "repo/content_entry.h"
#include "repo/repository_config.h"

namespace salvor::repo {

// `entries` by ascending id, all of one id length. `session` is part of the blobs' names. When this returns, every
// client that lists the indexes finds them. Errors: the storage's, which may have left some of the blobs: they are
// right, and writing all again is harmless; `conflict` when the storage is so slow that the epoch was over each time.
Result<> publish_index(BlobStore& store, const RepositoryConfig& config, std::span<const ContentEntry> entries,
                       std::string_view session, Clock& clock, Rng& rng, std::stop_token stop);

}  // namespace salvor::repo
