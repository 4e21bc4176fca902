// Saving a directory into a repository.
//
// Several threads share the work (upload_work.h): each lists directories, without recursion, and writes files and
// links, and whoever finishes the last entry of a directory writes the directory itself. What an earlier snapshot of
// the same source has with equal type, mode, owner, size and time is taken from there and not read. What cannot be read
// is told and recorded, and the rest is saved; an error of the repository ends it. Memory: the entries of the
// directories that are being read, `chunk_memory` for large files, some megabytes for each thread, and what the
// ContentWriter needs.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/rng.h"
#include "repo/content_writer.h"
#include "repo/repository.h"
#include "snapshot/entry_rules.h"
#include "snapshot/manifest.h"
#include "snapshot/source_tree.h"

namespace salvor::snapshot {

struct UploadOptions {
  unsigned threads = 4;
  std::size_t chunk_memory = 32 << 20;  // bytes of large files that are held at a time
};

// May be read by another thread meanwhile.
struct UploadProgress {
  std::atomic<std::uint64_t> files{0}, cached{0};  // files and links; those that were not read again
  std::atomic<std::uint64_t> directories{0};
  std::atomic<std::uint64_t> bytes{0};     // read
  std::atomic<std::uint64_t> failed{0};    // could not be read
  std::atomic<std::uint64_t> ignored{0};   // could not be read, which a policy takes for no failure
  std::atomic<std::uint64_t> left_out{0};  // sockets, FIFOs and devices, and what vanished
  Excluded excluded;                       // by rules
  Guarded<std::string> current;
};

// A path and why it is not in the snapshot, or not as it should be. Called by any thread, one at a time.
using UploadProblem = std::function<void(const std::string& path, const Error& error)>;

// The root's entry, with object and summary. It is stored when the writer is flushed.
Result<DirEntry> upload(const SourceTree& tree, repo::Repository& repository, repo::ContentWriter& contents,
                        const std::optional<DirEntry>& previous, const EntryRules& rules, const UploadOptions& options,
                        UploadProgress& progress, const UploadProblem& problem, std::stop_token stop);

struct SnapshotRequest {
  Source source;
  std::string description;
  std::map<std::string, std::string> tags;
  unsigned threads = 0;  // 0: what the policy says, else 4
  EntryRules::Options rules = {};
  std::size_t chunk_memory = UploadOptions().chunk_memory;
};

// Saves `path` as a snapshot of `request.source` by its policy, from the latest complete one of which unchanged files
// are taken, and flushes it: it is there when this returns. The manifest, with its id; without one when nothing has
// changed since that snapshot and the policy wants no second one.
Result<Manifest> take_snapshot(const std::string& path, const SnapshotRequest& request, repo::Repository& repository,
                               Clock& clock, Rng& rng, UploadProgress& progress, const UploadProblem& problem,
                               std::stop_token stop);

}  // namespace salvor::snapshot
