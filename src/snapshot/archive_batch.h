// Entries of an archive to be: what the walk through the tree has found, in order, and the bytes of those that are
// small enough to be held.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "repo/repository.h"
#include "snapshot/entry.h"

namespace salvor::snapshot {

struct ArchiveItem {
  std::string path;
  DirEntry entry;
  bool is_large = false;                    // read when it is written
  std::optional<Result<Bytes>> bytes = {};  // of a small file or a link
};

class ArchiveBatch {
 public:
  static constexpr std::size_t kMostItems = 512;
  static constexpr std::uint64_t kMostBytes = 4 << 20;
  static constexpr std::uint64_t kMostSmall = 1 << 20;

  std::vector<ArchiveItem> items;

  void add(std::string path, DirEntry entry);
  bool is_full() const { return items.size() >= kMostItems || bytes_ >= kMostBytes; }

  // Reads what is small, pack by pack. Errors that are of one item stay with it.
  Result<> read(repo::Repository& repository, std::stop_token stop);

  // The one that writes waits for the one that reads. False when it was stopped.
  void set_ready();
  bool wait_until_ready(std::stop_token stop);

 private:
  std::uint64_t bytes_ = 0;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool is_ready_ = false;
};
using ArchiveBatchPtr = std::shared_ptr<ArchiveBatch>;

}  // namespace salvor::snapshot
