// CountingStorage: counts what is asked of a Storage, so that its cost can be told.
//
// Calls are counted when they are made, whatever comes of them, and bytes when they have passed. A store that turns one
// call into several requests (the parts of an upload) counts those itself; the pages of lists follow from `listed`.
#pragma once

#include <atomic>
#include <cstdint>

#include "store/forwarding.h"

namespace salvor::store {

struct Usage {
  std::uint64_t writes = 0;  // create
  std::uint64_t commits = 0;
  std::uint64_t reads = 0;  // open
  std::uint64_t stats = 0;
  std::uint64_t lists = 0;   // of objects and of directories
  std::uint64_t listed = 0;  // names that came of them
  std::uint64_t removes = 0;
  std::uint64_t others = 0;  // free space, capabilities, time, rights
  std::uint64_t bytes_up = 0, bytes_down = 0;
  bool operator==(const Usage&) const = default;
};

// Can count for many storages at once; thread-safe.
class UsageCounter {
 public:
  Usage so_far() const;

 private:
  friend class CountingStorage;
  std::atomic<std::uint64_t> writes_{0}, commits_{0}, reads_{0}, stats_{0}, lists_{0}, listed_{0}, removes_{0},
      others_{0}, bytes_up_{0}, bytes_down_{0};
};

class CountingStorage final : public ForwardingStorage {
 public:
  // `counter` must outlive this and all its streams.
  CountingStorage(std::unique_ptr<Storage> inner, UsageCounter& counter)
      : ForwardingStorage(std::move(inner)), counter_(counter) {}

  Result<std::unique_ptr<WriteStream>> create(const std::string& key, Exists exists, std::stop_token stop) override;
  Result<std::unique_ptr<ReadStream>> open(const std::string& key, ByteRange range, std::stop_token stop) override;
  Result<Entry> stat(const std::string& key, std::stop_token stop) override;
  Result<> list(const std::string& prefix, const std::function<Result<>(const Entry&)>& visit,
                std::stop_token stop) override;
  Result<> list_directories(const std::string& prefix, const std::function<Result<>(std::string_view)>& visit,
                            std::stop_token stop) override;
  Result<> remove(const std::string& key, std::stop_token stop) override;
  Result<std::optional<std::uint64_t>> free_space(std::stop_token stop) override;
  Result<Capabilities> capabilities(std::stop_token stop) override;
  Result<std::optional<Time>> server_time(std::stop_token stop) override;
  Result<std::vector<Right>> excess_rights(const std::string& prefix, std::stop_token stop) override;

 private:
  class Writer;
  class Reader;
  UsageCounter& counter_;
};

}  // namespace salvor::store
