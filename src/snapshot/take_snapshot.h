// Taking a snapshot: a source saved by its policy on top of its earlier snapshots, and the manifest of it.
//
// Files are taken from the latest complete snapshot of the source, and from incomplete ones that began after it, so
// that what a run that was cut off has saved is not read again. While it runs, checkpoints are such incomplete
// snapshots: each takes the place of the one before, and the snapshot that of the last. When it is stopped a last one
// is saved, "canceled". With every manifest go the snapshots of the source that its policy does not keep, as in stock.
// [kopia snapshot/manager.go FindPreviousManifests, cli/command_snapshot_create.go, snapshot/upload/upload.go]
#pragma once

#include <map>
#include <stop_token>
#include <string>

#include "snapshot/manifest.h"
#include "snapshot/upload.h"

namespace salvor::snapshot {

struct SnapshotRequest {
  Source source;
  std::string description;
  std::map<std::string, std::string> tags;
  unsigned threads = 0;  // 0: what the policy says, else by the processors
  EntryRules::Options rules = {};
  std::size_t chunk_memory = UploadOptions().chunk_memory;
  Duration checkpoint_every = kMostCheckpointInterval;
  bool expires = true;       // whether snapshots of the source that no policy keeps are removed
  bool looks_ahead = false;  // whether, for who watches, it is counted how much there is to save
};

// Saves `path` as a snapshot of `request.source`, and flushes it: it is there when this returns. The manifest, with its
// id; without one when nothing has changed since the last and the policy wants no second one. `cancelled` when it was
// stopped: the hint tells of the incomplete snapshot.
Result<Manifest> take_snapshot(const std::string& path, const SnapshotRequest& request, repo::Repository& repository,
                               Clock& clock, Rng& rng, UploadProgress& progress, const UploadProblem& problem,
                               std::stop_token stop);

}  // namespace salvor::snapshot
