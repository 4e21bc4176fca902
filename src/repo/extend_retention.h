// Extending the retention of a repository's blobs: what the storage keeps from removal for so long is kept so long from
// now, so that what snapshots still need does not lose its lock while it grows old.
//
// Kopia: repo/maintenance/blob_retain.go.
#pragma once

#include <stop_token>

#include "repo/blob_store.h"
#include "repo/task_stats.h"
#include "store/storage.h"

namespace salvor::repo {

enum class RetentionWork { extend, look };

// Of all blobs of the kinds that are locked when they are written, several at a time. All are tried; the Error tells
// how many could not be extended, and why the first could not.
Result<TaskStats> extend_retention(BlobStore& store, const store::Retention& retention, RetentionWork work,
                                   std::stop_token stop);

}  // namespace salvor::repo
