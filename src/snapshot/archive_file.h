// Where a restore writes an archive: a file that appears under its name when it is whole, or a stream that others read.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/rng.h"
#include "os/fd.h"

namespace salvor::snapshot {

// Movable. Not thread-safe.
class ArchiveFile {
 public:
  // A file beside `path` until commit(). already_exists when something is there that may not be replaced.
  static Result<ArchiveFile> create(const std::string& path, bool may_replace, Rng& rng);
  // What is written cannot be taken back.
  static ArchiveFile stream(os::Fd fd, std::string name);

  ArchiveFile(ArchiveFile&& other) noexcept;
  ArchiveFile& operator=(ArchiveFile&&) = delete;
  ~ArchiveFile();

  // Errors of all: the file system's; the archive is lost then.
  Result<> write(ByteView bytes);
  std::uint64_t position() const { return position_; }
  bool can_take_back() const { return !path_.empty(); }
  // Requires: can_take_back(), and position <= position().
  Result<> take_back(std::uint64_t position);
  // Everything is on the disk and has its name. Nothing may follow.
  Result<> commit();

 private:
  ArchiveFile(os::Fd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}

  os::Fd fd_;
  std::string name_;       // for people
  std::string path_ = {};  // empty: a stream
  std::string scratch_ = {};
  bool may_replace_ = false;
  std::uint64_t position_ = 0;
};

}  // namespace salvor::snapshot
