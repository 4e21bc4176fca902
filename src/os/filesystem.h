// FileSystem: one directory tree, and the seam between our code and the operating system's files.
//
// Paths are relative to the tree's root, "" is the root itself; parts "", "." and ".." are refused (EINVAL), and
// symbolic links below the root are never followed (ELOOP), so no path can leave the tree.
//
// Calls are as raw as POSIX: they report errno values, may be interrupted (EINTR), may write less than asked, and may
// find the tree moved away under them (ESTALE). os/steady_filesystem.h wraps any FileSystem and settles those three.
// Nothing is durable before sync() of the file and sync_directory() of the directory that holds its name.
//
//   LocalFileSystem    the real one
//   MemoryFileSystem   forgets at crash() whatever was not synced
//   FaultyFileSystem   wraps another one and fails chosen calls
//
// Thread-safe; one File belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"

namespace salvor::os {

// A value, or the errno of the call that failed to produce it.
template <class T>
struct [[nodiscard]] SysResult {
  T value{};
  int error = 0;
  explicit operator bool() const { return error == 0; }

  static SysResult failed(int errno_value) { return {T{}, errno_value}; }
};

// Success, or an errno.
struct [[nodiscard]] SysStatus {
  int error = 0;
  explicit operator bool() const { return error == 0; }
};

enum class FileKind { regular, directory, symlink, other };

struct FileStatus {
  FileKind kind = FileKind::other;
  std::uint64_t size = 0;
  Time modified{};
  std::uint64_t links = 0;
  std::uint64_t device = 0, inode = 0;
  // Of a directory found by its name, where the file system remembers: tells it from a later one with the same inode.
  std::optional<Time> born{};

  bool same_file(const FileStatus& other) const { return device == other.device && inode == other.inode; }
};

struct DirectoryEntry {
  std::string name;
  FileKind kind = FileKind::other;
};

class File {
 public:
  virtual ~File() = default;
  // 0 at the end of the file only.
  virtual SysResult<std::size_t> read_at(MutableByteView into, std::uint64_t offset) = 0;
  virtual SysResult<std::size_t> write_at(ByteView bytes, std::uint64_t offset) = 0;
  virtual SysStatus sync() = 0;
  virtual SysResult<FileStatus> status() = 0;
};

enum class Overwrite { yes, no };

class FileSystem {
 public:
  using Path = std::string;
  virtual ~FileSystem() = default;

  // An existing regular file for reading.
  virtual SysResult<std::unique_ptr<File>> open(const Path& path) = 0;
  // A new, empty file; EEXIST when the name is taken.
  virtual SysResult<std::unique_ptr<File>> create(const Path& path, unsigned mode) = 0;
  virtual SysResult<FileStatus> status(const Path& path) = 0;
  // In no particular order, without "." and "..".
  virtual SysResult<std::vector<DirectoryEntry>> list(const Path& directory) = 0;
  virtual SysStatus make_directory(const Path& path, unsigned mode) = 0;
  // With Overwrite::no EEXIST when `to` exists, EINVAL or ENOSYS where the file system cannot promise that.
  virtual SysStatus rename(const Path& from, const Path& to, Overwrite overwrite) = 0;
  virtual SysStatus link(const Path& from, const Path& to) = 0;
  virtual SysStatus remove_file(const Path& path) = 0;
  virtual SysStatus remove_directory(const Path& path) = 0;
  virtual SysStatus sync_directory(const Path& path) = 0;
  // Bytes that this user may still write; ENOTSUP when it cannot tell.
  virtual SysResult<std::uint64_t> free_space() = 0;
  // Finds the root again by its name, after ESTALE.
  virtual SysStatus reopen() = 0;
};

// "a/b/c" is split at the last slash into "a/b" and "c"; "c" into "" and "c".
std::pair<std::string, std::string> split_path(const std::string& path);
std::string join_path(const std::string& directory, const std::string& name);
// False for parts "", "." and "..", and for NUL; true for "" (the root).
bool stays_inside(const std::string& path);

}  // namespace salvor::os
