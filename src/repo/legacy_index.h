// Which index blobs count in a repository of format 1, which has no epochs: all "n" but those that a compaction log "m"
// names as merged into others, provided that the others are there. For reading; such repositories are not written to.
//
// Kopia: repo/content/indexblob/index_blob_manager_v0.go.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "repo/blob_store.h"

namespace salvor::repo {

// What an "m" blob holds once it is decrypted.
struct LegacyCompaction {
  std::vector<std::string> inputs, outputs;  // ids of "n" blobs
};

// `corrupt` when it is no compaction log.
Result<LegacyCompaction> parse_legacy_compaction(std::string_view json);

// `blobs` are all whose ids begin with "n". The blob that keeps old clients out of an upgraded repository is no index.
std::vector<BlobMetadata> current_legacy_indexes(std::span<const BlobMetadata> blobs,
                                                 std::span<const LegacyCompaction> compactions);

}  // namespace salvor::repo
