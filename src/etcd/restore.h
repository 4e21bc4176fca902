// restore: the data directory of a member of a new cluster, made from a snapshot without etcd.
//
//   member/snap/db           the database written anew: compact, with the new members in place of the old ones
//   member/snap/*.snap, member/wal/*.wal   what a member of a cluster that was just founded has
//
// Everything is written and synced below a directory of another name, read back, and then renamed to `member`: so there
// is a whole member directory or none. What an earlier try left behind is removed.
//
// By default the revision moves on by a billion and everything before it counts as compacted. Otherwise clients that
// saw newer revisions before the disaster would wait for changes that already have other content: Kubernetes'
// controllers keep the state of their last watch, and kube-proxy its rules (kubernetes/kubernetes#107457).
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/rng.h"
#include "etcd/membership.h"
#include "etcd/snapshot.h"
#include "os/filesystem.h"

namespace salvor::etcd {

constexpr std::int64_t kUsualBump = 1'000'000'000;

struct RestoreOptions {
  std::int64_t bump = kUsualBump;  // 0: revisions go on from the snapshot's own
  // Alarms are about members that are no more, and NOSPACE would refuse every write.
  bool keep_alarms = false;
  // A database that was copied from a stopped member has no SHA-256.
  bool without_trailer = false;
};

struct Restored {
  std::uint64_t entries = 0, bytes = 0;  // of the new database
  std::uint64_t source_bytes = 0;
  std::int64_t revision = 0;  // the latest one
  std::uint64_t dropped_alarms = 0;
  std::string dropped_downgrade;  // the version that a downgrade under way was to lead to
};

// `data_directory` is the root of the new directory, which is empty but for what the file system itself puts there; it
// must be steady. `already_exists` when it was used, `corrupt`, `out_of_space`, `cancelled`.
Result<Restored> restore(const Snapshot& snapshot, os::FileSystem& data_directory, const NewCluster& cluster,
                         const RestoreOptions& options, Rng& rng, std::stop_token stop);

}  // namespace salvor::etcd
