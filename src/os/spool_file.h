// SpoolFile: space for what does not fit into memory, without a name, gone with the process however it ends.
//
// Reads may come from several threads at once; appends from one.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "os/fd.h"

namespace salvor::os {

class SpoolFile {
 public:
  // In `directory`, or in TMPDIR or /tmp when that is empty.
  static Result<SpoolFile> create(const std::string& directory);

  std::uint64_t size() const { return size_; }
  // Returns the offset at which the bytes begin.
  Result<std::uint64_t> append(ByteView bytes);
  Result<> write_at(ByteView bytes, std::uint64_t offset);
  // All of `into`; `corrupt` when the file ends before.
  Result<> read_at(MutableByteView into, std::uint64_t offset) const;

 private:
  explicit SpoolFile(Fd fd, std::string directory) : fd_(std::move(fd)), directory_(std::move(directory)) {}
  Fd fd_;
  std::string directory_;
  std::uint64_t size_ = 0;
};

}  // namespace salvor::os
