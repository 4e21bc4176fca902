// Restoring a snapshot, or a part of one, into a directory.
//
// Several threads share the work (restore_work.h). Small files are written by groups whose contents are read pack by
// pack; the chunks of a large one are written by any thread, in any order. What is damaged costs only the files that
// need it: each is told by its path, and the rest is restored. A directory gets its mode and time when everything below
// it was written. Memory: for each thread a group of 4 MiB or a chunk, some 16 MiB at most, and the directories that
// are not finished.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "base/guarded.h"
#include "base/rng.h"
#include "repo/repository.h"
#include "snapshot/id_map.h"
#include "snapshot/target.h"

namespace salvor::snapshot {

struct RestoreOptions {
  TargetOptions target;
  unsigned threads = 4;  // files at a time
  IdMap uids = {}, gids = {};
};

// With the owner and group that it shall have.
inline DirEntry as_owned(DirEntry entry, const RestoreOptions& options) {
  entry.uid = options.uids.of(entry.uid);
  entry.gid = options.gids.of(entry.gid);
  return entry;
}

// May be read by another thread while the restore runs.
struct RestoreProgress {
  std::atomic<std::uint64_t> files{0}, directories{0}, symlinks{0};
  std::atomic<std::uint64_t> kept{0};   // were there already, and were to be skipped
  std::atomic<std::uint64_t> bytes{0};  // of files, written
  std::atomic<std::uint64_t> failed{0};
  Guarded<std::string> current;  // the path of what was begun last
};

// A path relative to the root and why it is not as it was saved. Called by any of the threads, one at a time.
using RestoreProblem = std::function<void(const std::string& path, const Error& error)>;

// `root` is what find_root or entry_at gave: a directory is restored into `target`, a file or link to that name. Errors
// that are not of one entry: the target cannot be made, the storage cannot be reached, cancelled.
Result<> restore(repo::Repository& repository, const DirEntry& root, const std::string& target,
                 const RestoreOptions& options, Rng& rng, RestoreProgress& progress, const RestoreProblem& problem,
                 std::stop_token stop);

}  // namespace salvor::snapshot
