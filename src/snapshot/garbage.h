// The garbage collection of contents: what no snapshot uses is marked as deleted, and what is in use and was marked
// comes back. Bytes are freed later, by other tasks of maintenance.
//
// First all snapshots are walked, unfinished ones too. When anything could not be read, a manifest, a directory, the
// list of a file's chunks, or a content that is in no index, then what it led to is not known, and nothing is marked as
// deleted: the whole collection fails and names what could not be read.
//
// Then the indexes and manifests are read anew. Snapshots that came meanwhile are walked as well, and a content that
// was not in the indexes at the beginning is left for another time. [kopia snapshot/snapshotgc/gc.go]
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "repo/maintenance_safety.h"
#include "repo/maintenance_turn.h"
#include "repo/task_stats.h"

namespace salvor::snapshot {

struct GarbageOptions {
  repo::MaintenanceCaller caller;  // for the marker of a session
  unsigned threads = 8;            // directories that are read at a time
};

struct Garbage {
  std::uint64_t snapshots = 0, directories = 0;  // walked
  repo::CountSum in_use, of_manifests;
  repo::CountSum too_young;      // unused, and kept for now
  repo::CountSum unused;         // old enough; those that were marked before included
  repo::CountSum newly_deleted;  // of these the ones that were marked now
  repo::CountSum recovered;      // in use and marked as deleted until now
};
repo::TaskStats stats_of(const Garbage& garbage);

using Problem = std::function<void(const std::string& where, const Error&)>;

// Writes when the turn does. Errors: `corrupt` after each thing that could not be read was told to `problem`; those of
// the turn, the storage and the indexes.
Result<Garbage> collect_garbage(repo::Repository& repository, repo::MaintenanceTurn& turn,
                                const repo::MaintenanceSafety& safety, const GarbageOptions& options, Clock& clock,
                                Rng& rng, const Problem& problem, std::stop_token stop);

}  // namespace salvor::snapshot
