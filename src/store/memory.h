// MemoryStorage: the contract of storage.h in a map, for tests and for what never needs a disk.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "store/storage.h"

namespace salvor::store {

class MemoryStorage final : public Storage {
 public:
  explicit MemoryStorage(Clock& clock, std::string shown = "memory") : clock_(clock), shown_(std::move(shown)) {}

  std::string describe() const override { return shown_; }
  Result<std::unique_ptr<WriteStream>> create(const std::string& key, Exists exists, std::stop_token stop) override;
  Result<std::unique_ptr<ReadStream>> open(const std::string& key, ByteRange range, std::stop_token stop) override;
  Result<Entry> stat(const std::string& key, std::stop_token stop) override;
  Result<> list(const std::string& prefix, const std::function<Result<>(const Entry&)>& visit,
                std::stop_token stop) override;
  Result<> list_directories(const std::string& prefix, const std::function<Result<>(std::string_view)>& visit,
                            std::stop_token stop) override;
  Result<> remove(const std::string& key, std::stop_token stop) override;
  Result<std::optional<std::uint64_t>> free_space(std::stop_token stop) override;
  // What is asked for is remembered for tests, and holds nobody from anything.
  Result<> retain_new(const Retention& retention, std::vector<std::string> beginnings) override;
  Result<> retain(const std::string& key, const Retention& retention, std::stop_token stop) override;
  // Until when an object was to be kept; nothing when it was not.
  std::optional<Time> retained_until(const std::string& key) const;
  Result<Capabilities> capabilities(std::stop_token stop) override;
  Result<std::optional<Time>> server_time(std::stop_token stop) override;

 private:
  class Writer;
  struct Object {
    std::shared_ptr<const Bytes> bytes;  // readers keep what they opened
    Time modified{};
    std::uint64_t version = 0;
    std::optional<Time> retained_until = {};
  };
  using Objects = std::map<std::string, Object>;

  Result<> check_room(const Objects& objects, const std::string& key, Exists exists) const;
  Error absent(const std::string& key) const;
  std::optional<Time> end_of_new(const std::string& key, Time now) const;

  Clock& clock_;
  const std::string shown_;
  Guarded<Objects> objects_;
  std::uint64_t versions_ = 0;  // under the lock of objects_
  struct Retained {
    Retention retention;
    std::vector<std::string> beginnings;
  };
  Guarded<Retained> retained_;
};

}  // namespace salvor::store
