// Synchronising two locations: every backup of one that the other lacks is copied there (backup/copy.h).
//
// First comes a plan, a value to print; acting on it goes on after a backup that cannot be copied, and running it again
// does what is left. Removing what is no longer at the near end is bounded on purpose, because an emptied or unmounted
// disk must not empty the other copy:
//
//   - only copies of this near end are removed; a backup that was made at the far end, or copied from elsewhere, stays
//   - nothing is removed when the near end lists no backup at all, or when any copy failed in this run
//   - the newest backup that verifies at the far end stays, and so does every newer one, whatever is wrong with it;
//     nothing is removed when none verifies
//   - how old a backup is must be certain: its velero-backup.json is the one that the record of the copy names
//
// The near end is never written to.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "backup/copy.h"

namespace salvor::backup {

struct SyncPlan {
  std::vector<std::string> copies;  // listed at the near end, and wanted
  std::vector<std::string> known;   // those of them that are listed at the far end too; they are looked at, not sent
  std::vector<std::string> removals;
  struct Kept {
    std::string name, why;
  };
  std::vector<Kept> kept;  // listed at the far end only, and not to be removed
};

struct SyncOptions {
  std::vector<std::string> patterns;  // globs; empty means all
  bool remove = false;
  CopyOptions copy;
};

struct SyncEvent {
  enum class What { copied, present, failed, removed, kept };
  What what = What::copied;
  std::string name;
  std::string why;  // of failed and kept
  Copied copied;
};
std::string_view to_string(SyncEvent::What what);

// `invalid` for a pattern that is none. The plan's removals are what may be removed; which one must stay is known only
// when everything has been copied.
Result<SyncPlan> plan_sync(store::Storage& from, store::Storage& to, const SyncOptions& options, std::stop_token stop);

// Calls `tell` after each backup. Errors: the far end cannot be read at all, or a stop; what goes wrong with one backup
// is told as failed.
Result<> run_sync(store::Storage& from, store::Storage& to, const SyncPlan& plan, const SyncOptions& options,
                  Clock& clock, CopyProgress& progress, const std::function<void(const SyncEvent&)>& tell,
                  std::stop_token stop);

}  // namespace salvor::backup
