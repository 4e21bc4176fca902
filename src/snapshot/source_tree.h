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

// Thread-safe. Paths are relative, of names divided by '/', empty for the root.
class SourceTree {
 public:
  // `path` may be a link to a directory; a file is `unsupported`.
  static Result<SourceTree> open(const std::string& path);

  // The root's own entry, by the last name of its path.
  Result<DirEntry> root() const;
  // Every name in a directory, unsorted. not_found when it is gone.
  Result<> list(const std::string& directory, const std::function<Result<>(Found)>& visit) const;
  // The bytes of a file; `entry` is brought up to what was read: its size and time. not_found when it is gone or no
  // file any more.
  Result<> read_file(const std::string& path, DirEntry& entry, const std::function<Result<>(ByteView)>& sink) const;
  Result<std::string> read_link(const std::string& path) const;

 private:
  SourceTree(os::Fd root, std::string path) : root_(std::move(root)), path_(std::move(path)) {}
  Result<os::Fd> open_below(std::string_view path, int flags) const;
  std::string shown(std::string_view path) const;

  os::Fd root_;
  std::string path_;
};

}  // namespace salvor::snapshot
