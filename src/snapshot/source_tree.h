// SourceTree: the directory or file that is saved, read without following links and however deep it is.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "os/fd.h"
#include "snapshot/entry.h"

namespace salvor::snapshot {

// What there is under a name. `kind` tells what an entry of unknown type is: "a socket".
struct Found {
  DirEntry entry;  // without object and summary
  std::string kind;
  bool other_filesystem = false;  // than the directory that it is in
};

// A file, or a block device, while it is read.
class SourceFile {
 public:
  std::uint64_t size_when_opened() const { return size_; }
  // Fills `to` unless the file ends before; 0 at its end. How many bytes. Holes are zeros that are not read.
  Result<std::size_t> read(MutableByteView to);
  // Brings the entry up to what was read: its size, and of the time before it was read its mode and time, so that what
  // changed meanwhile is read again next time.
  void describe(DirEntry& entry) const;
  // Whether its size or time is not what it was when it was opened.
  Result<bool> has_changed() const;

 private:
  friend class SourceDirectory;
  friend class SourceTree;
  SourceFile(os::Fd fd, std::string path, const DirEntry& about, bool is_device, bool has_holes);
  Result<> find_data();

  os::Fd fd_;
  std::string path_;
  std::uint64_t size_;
  std::uint32_t mode_;
  Time modified_;
  bool is_device_;
  std::uint64_t at_ = 0;                         // how much was read
  std::uint64_t data_begin_ = 0, data_end_ = 0;  // what lies before is a hole
};

enum class Links { follow, refuse };

// A directory that is open, so that what is in it is found by one name. Thread-safe.
class SourceDirectory {
 public:
  // Every name, unsorted. Only one thread at a time may list it.
  Result<> list(const std::function<Result<>(Found)>& visit) const;
  // not_found when it is gone or no file any more.
  Result<SourceFile> open_file(const std::string& name) const;
  Result<std::string> read_link(const std::string& name) const;

 private:
  friend class SourceTree;
  SourceDirectory(os::Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  std::string shown(std::string_view name) const { return path_ + "/" + std::string(name); }

  os::Fd fd_;
  std::string path_;
};

// Thread-safe. Paths of directories are relative, of names divided by '/', empty for the root.
class SourceTree {
 public:
  // `path` may be a link. `unsupported` for what is neither a directory, a file nor a block device, which is saved like
  // a file.
  static Result<SourceTree> open(const std::string& path);

  // Whether the root is a file.
  bool is_file() const { return is_file_; }
  // The root's own entry, by the last name of its path; of a link by that of where it leads.
  Result<DirEntry> root() const;
  // not_found when it is gone.
  Result<SourceDirectory> open_directory(const std::string& directory) const;
  // The root, from its beginning, where it is a file.
  Result<SourceFile> open_root() const;
  // The first `most` bytes of a file that belongs to a directory, such as .kopiaignore. Nothing when there is none, or
  // something that is no file. With Links::follow a link that leads to no file is an Error.
  Result<std::optional<std::string> > read_beside(const std::string& directory, const std::string& name,
                                                  std::size_t most, Links links) const;

 private:
  SourceTree(os::Fd root, std::string path, bool is_file)
      : root_(std::move(root)), path_(std::move(path)), is_file_(is_file) {}
  Result<os::Fd> open_below(std::string_view path) const;
  std::string shown(std::string_view path) const;

  os::Fd root_;
  std::string path_;
  bool is_file_;
};

}  // namespace salvor::snapshot
