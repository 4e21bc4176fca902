// Blobs that are sealed as a whole: indexes, session markers, compaction logs. Their name holds the hash of what they
// hold, and the last half of that hash is their iv, so that a blob under another's name does not open.
// [kopia internal/blobcrypto]
#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "repo/blob_store.h"
#include "repo/hashing.h"
#include "repo/sealer.h"

namespace salvor::repo {

// What the blob holds. `corrupt` names it: damaged, cut, or one that was put in its place.
Result<Bytes> read_sealed_blob(BlobStore& store, const BlobMetadata& blob, Sealer& sealer, std::stop_token stop);

}  // namespace salvor::repo
