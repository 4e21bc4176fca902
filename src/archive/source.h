// Source: bytes that are read by range. An archive and its index lie in a Storage, or in spool files.
#pragma once

#include <stop_token>
#include <string>

#include "archive/spool.h"
#include "store/storage.h"

namespace salvor::archive {

// Thread-safe.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::uint64_t size() const = 0;
  // Exactly that range. Requires: it lies within size().
  virtual Result<Bytes> read_at(std::uint64_t offset, std::size_t length, std::stop_token stop) const = 0;
};

class StoredSource final : public Source {
 public:
  StoredSource(store::Storage& storage, std::string key, std::uint64_t size)
      : storage_(storage), key_(std::move(key)), size_(size) {}
  std::uint64_t size() const override { return size_; }
  Result<Bytes> read_at(std::uint64_t offset, std::size_t length, std::stop_token stop) const override {
    return store::get_range(storage_, key_, offset, length, stop);
  }

 private:
  store::Storage& storage_;
  const std::string key_;
  const std::uint64_t size_;
};

class SpooledSource final : public Source {
 public:
  explicit SpooledSource(SpoolFile file) : file_(std::move(file)) {}
  std::uint64_t size() const override { return file_.size(); }
  Result<Bytes> read_at(std::uint64_t offset, std::size_t length, std::stop_token) const override {
    Bytes bytes(length);
    TRY(file_.read_at(bytes, offset));
    return bytes;
  }

 private:
  const SpoolFile file_;
};

}  // namespace salvor::archive
