// Saving a directory, or a single file or block device, into a repository.
//
// Several threads share the work (upload_work.h): each lists directories, without recursion, and writes files and
// links, and whoever finishes the last entry of a directory writes the directory itself. What an earlier snapshot of
// the same source has with equal type, mode, owner, size and time is taken from there and not read. What cannot be read
// is told and recorded, and the rest is saved; an error of the repository ends it. Memory: the entries of the
// directories that are being read, `chunk_memory` for large files, some megabytes for each thread, and what the
// ContentWriter needs.
//
// Every `checkpoint_every` the tree is handed out as it is by then, unfinished directories with what they have, and
// files that are being read under names of their own, as ".checkpointed.<name>.<uuid>", so that nobody takes them for
// the whole. As in stock. [kopia snapshot/upload/upload.go, checkpoint_registry.go]
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/rng.h"
#include "repo/content_writer.h"
#include "repo/repository.h"
#include "snapshot/entry_rules.h"
#include "snapshot/source_tree.h"

namespace salvor::snapshot {

// Stock takes no longer interval: what an upload writes is safe from maintenance for a while only.
inline constexpr Duration kMostCheckpointInterval = std::chrono::minutes(45);

struct UploadOptions {
  unsigned threads = 4;
  std::size_t chunk_memory = 32 << 20;  // bytes of large files that are held at a time
  Duration checkpoint_every = kMostCheckpointInterval;
};

// May be read by another thread meanwhile.
struct UploadProgress {
  std::atomic<std::uint64_t> files{0}, cached{0};  // files and links; those that were not read again
  std::atomic<std::uint64_t> directories{0};
  std::atomic<std::uint64_t> bytes{0};         // read
  std::atomic<std::uint64_t> cached_bytes{0};  // of files that were not read again
  std::atomic<std::uint64_t> failed{0};        // could not be read
  std::atomic<std::uint64_t> ignored{0};       // could not be read, which a policy takes for no failure
  std::atomic<std::uint64_t> left_out{0};      // sockets, FIFOs and devices, and what vanished
  Excluded excluded;                           // by rules
  // How much there is in all, as far as it is known; 0 as long as it is not.
  std::atomic<std::uint64_t> expected_files{0}, expected_bytes{0};
  Guarded<std::string> current;
};

// A path and why it is not in the snapshot, or not as it should be. Called by any thread, one at a time.
using UploadProblem = std::function<void(const std::string& path, const Error& error)>;

// Takes the tree as far as it is saved: its root, in which all that is not whole says `reason`. What it names is
// written, but not yet flushed. Called by one thread, while nothing is written.
using SaveCheckpoint = std::function<Result<>(DirEntry root, std::string_view reason, std::stop_token stop)>;
inline constexpr std::string_view kCheckpointReason = "checkpoint", kCanceledReason = "canceled";

// What an upload needs; all must outlive it.
struct UploadJob {
  const SourceTree& tree;
  repo::Repository& repository;
  repo::ContentWriter& contents;
  const EntryRules& rules;
  std::vector<DirEntry> previous;  // roots of earlier snapshots, of which the first that has a file unchanged counts
  UploadOptions options;
  UploadProgress& progress;
  const UploadProblem& problem;
  Clock& clock;
  Rng& rng;
  SaveCheckpoint save;  // may be empty
};

// The root's entry, with object and summary. It is stored when the writer is flushed. When it is stopped, what is under
// way is written still, and a last checkpoint; then it is `cancelled`.
Result<DirEntry> upload(const UploadJob& job, std::stop_token stop);

}  // namespace salvor::snapshot
