// Saving a source that is a single file.
#pragma once

#include <stop_token>

#include "snapshot/upload.h"

namespace salvor::snapshot {

// The root of a snapshot of one file or block device: the file's entry, with a summary that tells of one file. What
// cannot be read is an error, as for stock.
Result<DirEntry> save_file(const SourceTree& tree, const repo::Repository& repository, repo::ContentWriter& contents,
                           const EntryRules& rules, UploadProgress& progress, const UploadProblem& problem,
                           std::stop_token stop);

}  // namespace salvor::snapshot
