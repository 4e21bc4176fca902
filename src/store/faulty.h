// FaultyStorage: any Storage with chosen calls going wrong, to test what the callers do about it.
//
//   storage.plan("commit", 2, {.code = Code::out_of_space});      the second commit fails
//   storage.plan("commit", 1, {.kind = Kind::fail_after});        it works, but its answer is lost
//   storage.plan("read", 3, {.kind = Kind::cut});                 the third read finds the end of the stream
//   storage.plan("read", 1, {.kind = Kind::flip, .bit = 17});     bit 17 of what the first read delivers is turned over
//   storage.plan("list", 2, {.kind = Kind::cut});                 half of the names come, then the error
//   storage.plan("list", 2, {.kind = Kind::stale});               it answers what the list before it answered
//   storage.plan("stat", 1, {.delay = 3s});                       and then it works
//   storage.set_script(fault_at(7, fault));                       the seventh call of all
//
// Calls are counted per operation and in all, over all streams: create, write, commit, open, read, stat, list,
// list_directories, remove, free_space, capabilities, server_time, excess_rights.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "store/storage.h"

namespace salvor::store {

struct StorageFault {
  // none: only the delay. cut and flip harm reads and lists, stale only lists; in other calls cut is a fail.
  enum class Kind { fail, fail_after, cut, flip, stale, none };
  Kind kind = Kind::fail;
  Code code = Code::unavailable;
  std::uint64_t bit = 0;  // counted from the first bit of the piece that was read, modulo its size
  Duration delay{};       // before anything else; needs a clock
  std::optional<std::chrono::milliseconds> retry_after{};
};

struct StorageCall {
  std::string_view operation;
  std::uint64_t number = 0;  // of this operation, from 1
  std::uint64_t total = 0;   // of all operations, from 1
};

// Called under a lock, by any thread.
using StorageScript = std::function<std::optional<StorageFault>(const StorageCall&)>;

StorageScript fault_at(std::uint64_t total, StorageFault fault);

class FaultyStorage final : public Storage {
 public:
  // `inner` and `clock` must outlive this and all its streams. Without a clock nothing is delayed.
  explicit FaultyStorage(Storage& inner, Clock* clock = nullptr) : inner_(inner), clock_(clock) {}

  // The `number`-th call of `operation` from the start goes wrong.
  void plan(const std::string& operation, std::uint64_t number, StorageFault fault);
  // Asked where nothing is planned.
  void set_script(StorageScript script);
  std::uint64_t calls(const std::string& operation) const;
  std::uint64_t calls() const;

  std::string describe() const override { return inner_.describe(); }
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
  Result<std::vector<Threat>> threats(const std::string& prefix, std::stop_token stop) override;
  Result<> clear_leftovers(const std::function<bool(const Leftover&)>& take, std::stop_token stop) override;
  Result<> undelete(const std::string& prefix, const std::function<bool(const Removed&)>& take,
                    std::stop_token stop) override;

 private:
  class Writer;
  class Reader;
  struct Script {
    std::map<std::string, std::uint64_t> calls;
    std::uint64_t total = 0;
    std::map<std::pair<std::string, std::uint64_t>, StorageFault> faults;
    StorageScript script;
    std::map<std::string, std::vector<Entry>> last_lists;  // by prefix
    std::map<std::string, std::vector<std::string>> last_directories;
  };
  std::optional<StorageFault> count(const std::string& operation, const std::stop_token& stop = {});
  template <class Call>
  auto guarded(const std::string& operation, const std::stop_token& stop, Call&& call) -> decltype(call());
  template <class Name, class Visit>
  Result<> show(const std::string& operation, const std::optional<StorageFault>& fault, std::vector<Name> names,
                std::vector<Name>& last, const Visit& visit);

  Storage& inner_;
  Clock* const clock_;
  Guarded<Script> script_;
};

}  // namespace salvor::store
