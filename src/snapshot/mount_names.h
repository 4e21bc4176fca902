// How all snapshots of a repository are named when they are mounted together: as stock names them, but that of two of
// one second the second gets a number, where stock shows two of one name.
//
// Kopia: snapshot/snapshotfs/all_sources.go, source_directories.go, source_snapshots.go.
#pragma once

#include <string>
#include <vector>

#include "snapshot/entry.h"
#include "snapshot/manifest.h"

namespace salvor::snapshot {

struct MountNames {
  Time modified{};                                            // of the newest snapshot
  std::vector<DirEntry> users;                                // "user@host"
  std::vector<std::vector<DirEntry>> paths;                   // of each user: "srv_data"
  std::vector<std::vector<std::vector<DirEntry>>> snapshots;  // of each path: "20261201-031500"
};

// Those without a root are left out.
MountNames mount_names(const std::vector<Manifest>& snapshots);

// What stock makes of names so that they can be names of directories, equal ones numbered whatever their case.
std::vector<std::string> safe_mount_names(const std::vector<std::string>& names);

}  // namespace salvor::snapshot
