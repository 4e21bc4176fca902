// SpoolFile: a file without a name, for what must wait on disk. It vanishes with its owner, also after kill -9.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "os/fd.h"

namespace salvor::archive {

// Thread-safe.
class SpoolFile {
 public:
  static Result<SpoolFile> create(const std::string& directory);
  SpoolFile(SpoolFile&& other) noexcept;

  // Where the bytes were put. Concurrent appends get places of their own.
  Result<std::uint64_t> append(ByteView bytes);
  // Exactly that range. Requires: it was appended.
  Result<> read_at(MutableByteView into, std::uint64_t offset) const;
  std::uint64_t size() const { return size_; }

 private:
  SpoolFile(os::Fd fd, std::string directory) : fd_(std::move(fd)), directory_(std::move(directory)) {}

  os::Fd fd_;
  std::string directory_;
  std::atomic<std::uint64_t> size_{0};
};

}  // namespace salvor::archive
