// SourceTree: the directory that is saved, read without following links and however deep it is.
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
};

// A file while it is read.
class SourceFile {
 public:
  std::uint64_t size_when_opened() const { return size_; }
  // Fills `to` unless the file ends before; 0 at its end. How many bytes.
  Result<std::size_t> read(MutableByteView to);
  // Brings the entry up to what was read: its size, and of the time before it was read its mode and time, so that what
  // changed meanwhile is read again next time.
  void describe(DirEntry& entry) const;

 private:
  friend class SourceDirectory;
  SourceFile(os::Fd fd, std::string path, const DirEntry& about)
      : fd_(std::move(fd)), path_(std::move(path)), size_(about.size), mode_(about.mode), modified_(about.modified) {}

  os::Fd fd_;
  std::string path_;
  std::uint64_t size_;
  std::uint32_t mode_;
  Time modified_;
  std::uint64_t read_ = 0;
};

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

// Thread-safe.
class SourceTree {
 public:
  // `path` may be a link to a directory; a file is `unsupported`.
  static Result<SourceTree> open(const std::string& path);

  // The root's own entry, by the last name of its path.
  Result<DirEntry> root() const;
  // `directory` is a relative path of names divided by '/', empty for the root. not_found when it is gone.
  Result<SourceDirectory> open_directory(const std::string& directory) const;

 private:
  SourceTree(os::Fd root, std::string path) : root_(std::move(root)), path_(std::move(path)) {}
  std::string shown(std::string_view path) const;

  os::Fd root_;
  std::string path_;
};

}  // namespace salvor::snapshot
