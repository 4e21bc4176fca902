// RestoreWork: what is left to do of a restore that several threads share.
//
//   directory ─ read ─▶ files, in groups ─▶ written at once, contents read pack by pack
//                  ├──▶ a large file ─────▶ its chunks, each by whoever is free, in any order
//                  └──▶ directories below
//
// Any thread does any of it: chunks of files that were begun come first, then groups, then directories, the last found
// first. So memory is that of a few groups and chunks and of the directories that are not finished.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "repo/object_reader.h"
#include "snapshot/entry.h"
#include "snapshot/target.h"

namespace salvor::snapshot {

// A directory until everything in it was written; then it gets its mode and time.
struct RestoreNode {
  std::shared_ptr<RestoreNode> parent;
  std::string path;  // below the target
  DirEntry entry;
  bool is_there = false;                // it could be made
  std::atomic<std::size_t> pending{1};  // itself, and what is in it
};
using RestoreNodePtr = std::shared_ptr<RestoreNode>;

// Files and links of one directory.
struct RestoreGroup {
  RestoreNodePtr in;
  OpenDirectoryPtr directory;
  std::vector<DirEntry> entries;
  std::uint64_t bytes = 0;
};

// A file that several threads write.
struct RestoreFile {
  RestoreFile(RestoreNodePtr directory, DirEntry about, PartFile part, std::vector<repo::ObjectChunk> all)
      : in(std::move(directory)), entry(std::move(about)), file(std::move(part)), chunks(std::move(all)) {}
  RestoreNodePtr in;
  DirEntry entry;
  std::optional<PartFile> file;
  std::vector<repo::ObjectChunk> chunks;
  std::uint64_t taken_bytes = 0;  // this and the next are RestoreWork's
  std::size_t taken = 0;
  std::mutex writing;  // the kernel lets one thread write a file, and others burn their time waiting for it
  std::mutex lock;     // of what follows
  std::size_t settled = 0;
  std::optional<Error> failed;
};

// Thread-safe.
class RestoreWork {
 public:
  struct Chunk {
    std::shared_ptr<RestoreFile> file;
    std::size_t number;
    std::uint64_t offset;
  };
  using Item = std::variant<Chunk, RestoreGroup, RestoreNodePtr>;

  explicit RestoreWork(std::size_t most_groups) : most_groups_(most_groups) {}

  void add(RestoreNodePtr directory);
  void add(std::shared_ptr<RestoreFile> file);
  // The group comes back when enough are waiting: the caller writes it himself.
  std::optional<RestoreGroup> add(RestoreGroup group);

  // The next thing to do, after which done() is called. Nothing when all is done, or it was stopped.
  std::optional<Item> next(std::stop_token stop);
  void done();

 private:
  const std::size_t most_groups_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::shared_ptr<RestoreFile>> files_;
  std::deque<RestoreGroup> groups_;
  std::vector<RestoreNodePtr> directories_;
  unsigned busy_ = 0;
};

// Whether an error would meet every entry: then there is no use in going on.
bool ends_restore(Code code);

}  // namespace salvor::snapshot
