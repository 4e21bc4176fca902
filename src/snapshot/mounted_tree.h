// MountedTree: snapshots as a file system that somebody looks into (os/fuse.h), read when it is looked at.
//
// A directory is held as a HeldDirectory, a file's bytes as the contents that its chunks are; of both the ones used
// last, up to a bound. A node's number says where its entry stands, (number of its directory, place in it), so that of
// what was seen nothing is kept but 150 bytes for each directory that was looked into. A directory of a million entries
// takes some 150 MB while it is looked at, whatever the bound.
//
// What is damaged costs only those who read it: they get EIO, and a sentence tells which path it was and why, once.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <shared_mutex>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/costed_cache.h"
#include "base/guarded.h"
#include "os/fuse.h"
#include "repo/object_reader.h"
#include "repo/repository.h"
#include "snapshot/held_directory.h"
#include "snapshot/tree.h"

namespace salvor::snapshot {

struct MountLimits {
  std::uint64_t directory_bytes = 16 << 20;
  std::uint64_t content_bytes = 64 << 20;
};

class MountedTree final : public os::FuseTree {
 public:
  // One at a time, from any thread.
  using Problem = std::function<void(const std::string& path, const Error& error)>;

  // What `root` holds; `invalid` when it is no directory. `repository` must outlive this.
  static Result<std::unique_ptr<MountedTree>> of(repo::Repository& repository, const DirEntry& root, MountLimits limits,
                                                 Problem problem, std::stop_token stop);
  // All snapshots, as stock names them: USER@HOST/PATH/TIME, with '_' for every '/' of the path.
  static std::unique_ptr<MountedTree> of_all(repo::Repository& repository, const std::vector<Manifest>& snapshots,
                                             MountLimits limits, Problem problem, std::stop_token stop);

  os::SysResult<struct stat> status(std::uint64_t node) override;
  os::SysResult<struct stat> find(std::uint64_t directory, std::string_view name) override;
  os::SysStatus list(std::uint64_t directory, std::uint64_t from, const Visit& visit) override;
  os::SysResult<std::string> link_target(std::uint64_t node) override;
  os::SysResult<std::uint64_t> open(std::uint64_t node) override;
  os::SysResult<std::size_t> read(std::uint64_t opened, std::uint64_t offset, MutableByteView into) override;
  void close(std::uint64_t opened) override;

 private:
  using HeldPtr = std::shared_ptr<const HeldDirectory>;
  struct Directory {
    std::uint64_t node = 0;
    std::string object;
    HeldPtr fixed = {};  // of one that no snapshot has
  };
  // An entry, and where it stands.
  struct Found {
    HeldPtr in;
    std::size_t index = 0;
    const HeldDirectory::Row& row() const { return in->row(index); }
  };
  struct OpenFile;

  MountedTree(repo::Repository& repository, MountLimits limits, Problem problem, std::stop_token stop)
      : repository_(repository),
        problem_(std::move(problem)),
        stop_(std::move(stop)),
        held_(limits.directory_bytes),
        contents_(limits.content_bytes) {}

  void add_fixed(std::uint64_t node, HeldPtr what);
  Result<std::uint32_t> number_of(std::uint64_t node);
  Result<HeldPtr> held(std::uint32_t directory);
  Result<Found> entry(std::uint64_t node);
  Result<std::shared_ptr<const OpenFile>> open_entry(std::uint64_t node);
  Result<std::size_t> read_open(const OpenFile& file, std::uint64_t offset, MutableByteView into);
  struct stat status_of(std::uint64_t node, const HeldDirectory::Row& row) const;
  int told(std::uint64_t node, const Error& error);
  std::string path_of(std::uint64_t node);

  repo::Repository& repository_;
  const Problem problem_;
  const std::stop_token stop_;
  HeldDirectory::Row root_;
  std::shared_mutex mutex_;  // of the next two
  std::vector<Directory> directories_;
  std::unordered_map<std::uint64_t, std::uint32_t> numbers_;  // of directories_, by node
  CostedCache<std::string, HeldDirectory> held_;              // by object
  CostedCache<std::string, Bytes> contents_;                  // by the object of a chunk
  struct Opened {
    std::uint64_t next = 1;
    std::map<std::uint64_t, std::shared_ptr<const OpenFile>> files;
  };
  Guarded<Opened> opened_;
  Guarded<std::set<std::uint64_t>> told_;
};

}  // namespace salvor::snapshot
