// The tasks of maintenance that look after index blobs: what epoch_plan.h plans, carried out.
//
// Each begins with a view of the epochs that is read anew, because the one before changed them, and does nothing once
// that view is too old. Merging needs nothing from the storage: the view holds what is merged. A merged set is written
// in blobs of a bounded number of entries, and counts for readers only when all of them are there.
//
// Kopia: internal/epoch/epoch_manager.go, repo/content/indexblob/index_blob_manager_v1.go.
#pragma once

#include <functional>
#include <stop_token>

#include "repo/epoch_plan.h"
#include "repo/repository.h"
#include "repo/task_stats.h"

namespace salvor::repo {

struct EpochWork {
  Repository& repository;
  Clock& clock;
  Rng& rng;
  bool writes = true;                         // or only says what it would do
  std::function<Result<>()> before_removing;  // an Error stops it
};

// Errors of all: the storage's, the indexes', and `conflict` when the view got too old meanwhile; all may be run again.
// What they return is stock's statistics; without a kind when there was nothing to do.

// Merges the indexes of the oldest settled epoch that needs it.
Result<TaskStats> compact_one_epoch(const EpochWork& work, std::stop_token stop);
// Begins the next epoch when this one lasted long enough and holds enough.
Result<TaskStats> advance_epoch(const EpochWork& work, std::stop_token stop);
// Merges the indexes of many settled epochs.
Result<TaskStats> merge_epochs(const EpochWork& work, std::stop_token stop);
// Removes markers of epochs and watermarks that later ones made needless.
Result<TaskStats> remove_old_markers(const EpochWork& work, std::stop_token stop);
// Removes index blobs that a merged set took the place of, when every client has seen that.
Result<TaskStats> remove_superseded_indexes(const EpochWork& work, std::stop_token stop);
// Entries that were deleted until then count as if they had never been. Nothing to do when that is so already.
Result<TaskStats> drop_deleted(const EpochWork& work, Time until, std::stop_token stop);

}  // namespace salvor::repo
