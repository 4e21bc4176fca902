// LocalFileSystem: a directory of this machine, local disk or network mount.
//
// The root is opened once and held: when a mount disappears while we work, calls fail instead of going on, unnoticed,
// in the empty directory below the mount point. Only reopen() looks the root's name up again.
// Every path is resolved by the kernel below the root (openat2, Linux 5.6); where that call is missing or forbidden by
// a container's seccomp profile the path is opened part by part with O_NOFOLLOW.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "os/fd.h"
#include "os/filesystem.h"

namespace salvor::os {

class LocalFileSystem final : public FileSystem {
 public:
  enum class Resolve { by_kernel, by_parts };

  // `root` may itself be reached through symbolic links. Errors: not_found, invalid (not a directory), denied.
  static Result<std::unique_ptr<LocalFileSystem>> open_root(const std::string& root);
  // For tests of the fallback.
  void set_resolve(Resolve resolve) { resolve_ = resolve; }
  Resolve resolve() const { return resolve_; }

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
  SysStatus reopen() override;

 private:
  LocalFileSystem(std::string root, Fd fd);
  std::shared_ptr<const Fd> root() const;
  SysResult<Fd> open_below(const Path& path, int flags, unsigned mode) const;
  SysResult<Fd> open_by_parts(const Path& path, int flags, unsigned mode) const;

  const std::string root_path_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Fd> root_;  // replaced by reopen() while other threads still use the old one
  Resolve resolve_ = Resolve::by_kernel;
};

}  // namespace salvor::os
