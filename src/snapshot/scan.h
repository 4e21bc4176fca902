// Looking at every directory of snapshots once, in however many snapshots and places it is.
//
// Directories are taken depth by depth: those of one depth are read pack by pack by several threads, and what they hold
// gives the next depth. Memory: a bit for each content of the repository, 16 bytes for each directory of one depth, and
// for each thread the text of a directory.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>

#include "repo/merged_index.h"
#include "repo/repository.h"
#include "snapshot/entry.h"

namespace salvor::snapshot {

using repo::MergedIndex;

struct ScanOptions {
  unsigned threads = 4;
  bool rehash = false;  // as repo::ReadOptions
};

// Called by any of the threads, several at a time. A directory is known by the position of the content that its object
// begins with. What is empty is not called.
struct ScanHooks {
  std::function<void(MergedIndex::Position in, const DirEntry& entry)> entry;
  std::function<void(MergedIndex::Position directory)> opened;  // a directory of one content, which was read whole
  std::function<void(MergedIndex::Position directory, const Error& why)> unreadable;
};

// Where the object of a directory begins; nothing for what is no directory or whose content is not there.
Result<std::optional<MergedIndex::Position> > directory_at(const repo::IndexView& view, const DirEntry& entry);

// Those of `roots` that are directories, and all below them; how many distinct ones there are. Errors: what would meet
// every directory alike, and a damaged index. Directories that are not there are left out: whoever looks at their entry
// sees that.
Result<std::uint64_t> scan_directories(repo::Repository& repository, const std::shared_ptr<const repo::IndexView>& view,
                                       std::span<const DirEntry> roots, const ScanOptions& options,
                                       const ScanHooks& hooks, std::stop_token stop);

}  // namespace salvor::snapshot
