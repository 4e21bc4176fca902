// Source: the bytes of a database, wherever they are. Reads are explicit and bounded by the size; nothing is mapped
// into memory, where a file that somebody cuts short would kill the process.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "os/fd.h"
#include "os/filesystem.h"

namespace salvor::bbolt {

// One thread at a time.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::uint64_t size() const = 0;
  // Fills all of `into`. `corrupt` when the source ends before.
  virtual Result<> read_at(MutableByteView into, std::uint64_t offset) = 0;
};

// A regular file, found through symbolic links too.
class FileSource final : public Source {
 public:
  static Result<std::unique_ptr<FileSource>> open(const std::string& path);
  std::uint64_t size() const override { return size_; }
  Result<> read_at(MutableByteView into, std::uint64_t offset) override;

 private:
  FileSource(os::Fd fd, std::string path, std::uint64_t size)
      : fd_(std::move(fd)), path_(std::move(path)), size_(size) {}
  os::Fd fd_;
  std::string path_;
  std::uint64_t size_;
};

// A file that an os::FileSystem has open.
class OpenFileSource final : public Source {
 public:
  // `file` must outlive this.
  OpenFileSource(os::File& file, std::uint64_t size) : file_(file), size_(size) {}
  std::uint64_t size() const override { return size_; }
  Result<> read_at(MutableByteView into, std::uint64_t offset) override;

 private:
  os::File& file_;
  std::uint64_t size_;
};

// Bytes that somebody else keeps.
class MemorySource final : public Source {
 public:
  explicit MemorySource(ByteView bytes) : bytes_(bytes) {}
  std::uint64_t size() const override { return bytes_.size(); }
  Result<> read_at(MutableByteView into, std::uint64_t offset) override;

 private:
  ByteView bytes_;
};

}  // namespace salvor::bbolt
