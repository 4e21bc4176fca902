// Removing packs that no index names, and markers of sessions that are over.
//
// What is listed first may since have got an index, so the order is: list the blobs, read who is still writing, and
// only then read the indexes anew. A pack that is listed and was indexed before its session's marker went is then seen
// to be in use; one whose marker is there belongs to somebody.
//
// Only blobs that are named as packs and markers are looked at; whatever else lies there is left. When the indexes name
// nothing at all, nothing is removed: rather than that everything is waste, they are lost.
// [kopia repo/maintenance/pack_gc.go]
#pragma once

#include <functional>
#include <stop_token>

#include "repo/maintenance_safety.h"
#include "repo/repository.h"
#include "repo/task_stats.h"

namespace salvor::repo {

struct CollectedPacks {
  CountSum unneeded, removed;
  CountSum too_young, of_sessions;      // not needed either, but kept for now
  Time first_free_at{}, all_free_at{};  // of too_young: when the first and the last are old enough
};
TaskStats stats_of(const CollectedPacks& collected);

struct PackCollection {
  Time started;                               // of this maintenance, by the store's clock; younger blobs stay
  bool removes = true;                        // or only looks
  std::function<Result<>()> before_removing;  // an Error stops it
};

// Errors: the storage's, the indexes', and `corrupt` for a marker that cannot be read: its session's packs are not
// known then, and nothing is removed.
Result<CollectedPacks> collect_packs(Repository& repository, const MaintenanceSafety& safety,
                                     const PackCollection& collection, std::stop_token stop);

// Removes blobs, several at a time. For other tasks too.
Result<> remove_blobs(BlobStore& store, const std::vector<BlobMetadata>& blobs, std::stop_token stop);

}  // namespace salvor::repo
