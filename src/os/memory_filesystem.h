// MemoryFileSystem: a FileSystem that can crash.
//
// Like a disk it knows two states: what programs see, and what survives. Contents survive up to the last sync() of the
// file, names up to the last sync_directory() of the directory that holds them. crash() throws the rest away:
//
//   Survive::synced  nothing that was not synced
//   Survive::names   every name, but no content that was not synced; ext4 without barriers and XFS can leave this
//
// A program is right only when both leave it with whole files. Files that were open at the crash answer EIO.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "os/filesystem.h"

namespace salvor::os {

enum class Survive { synced, names };

class MemoryFileSystem final : public FileSystem {
 public:
  explicit MemoryFileSystem(Clock& clock);
  ~MemoryFileSystem() override;

  void crash(Survive survive);
  // Writes beyond it fail with ENOSPC.
  void set_capacity(std::uint64_t bytes);
  // As on FAT: link() answers EPERM.
  void forbid_links() { links_allowed_ = false; }

  SysResult<std::unique_ptr<File>> open(const Path& path) override;
  SysResult<std::unique_ptr<File>> create(const Path& path, unsigned mode) override;
  SysResult<FileStatus> status(const Path& path) override;
  SysResult<std::vector<DirectoryEntry>> list(const Path& directory) override;
  SysStatus make_directory(const Path& path, unsigned mode) override;
  SysStatus rename(const Path& from, const Path& to, Overwrite overwrite) override;
  SysStatus link(const Path& from, const Path& to) override;
  SysStatus remove_file(const Path& path) override;
  SysStatus remove_directory(const Path& path) override;
  SysStatus sync_directory(const Path& path) override;
  SysResult<std::uint64_t> free_space() override;
  SysStatus reopen() override { return {}; }

 private:
  struct Node;
  class OpenFile;
  using NodePointer = std::shared_ptr<Node>;
  struct Place {
    NodePointer directory;
    std::string name;
    int error = 0;
  };

  NodePointer new_node(FileKind kind);
  SysResult<NodePointer> find(const Path& path) const;
  // The directory that holds the last part of `path`.
  Place place_of(const Path& path) const;
  FileStatus status_of(const Node& node) const;
  std::uint64_t used() const;

  Clock& clock_;
  mutable std::mutex mutex_;
  std::uint64_t next_inode_ = 1;
  std::uint64_t boots_ = 0;
  std::optional<std::uint64_t> capacity_;
  bool links_allowed_ = true;
  NodePointer root_;
};

}  // namespace salvor::os
