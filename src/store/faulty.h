// FaultyStorage: any Storage with chosen calls going wrong, to test what the callers do about it.
//
//   storage.plan("commit", 2, {.code = Code::out_of_space});      the second commit fails
//   storage.plan("commit", 1, {.kind = Kind::fail_after});        it works, but its answer is lost
//   storage.plan("read", 3, {.kind = Kind::cut});                 the third read finds the end of the stream
//   storage.plan("read", 1, {.kind = Kind::flip, .bit = 17});     bit 17 of what the first read delivers is turned over
//
// Calls are counted per operation, over all streams: create, write, commit, open, read, stat, list, list_directories,
// remove, free_space.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/guarded.h"
#include "store/storage.h"

namespace salvor::store {

struct StorageFault {
  enum class Kind { fail, fail_after, cut, flip };
  Kind kind = Kind::fail;
  Code code = Code::unavailable;
  std::uint64_t bit = 0;  // counted from the first bit of the piece that was read, modulo its size
};

class FaultyStorage final : public Storage {
 public:
  // `inner` must outlive this and all its streams.
  explicit FaultyStorage(Storage& inner) : inner_(inner) {}

  // The `number`-th call of `operation` from the start goes wrong.
  void plan(const std::string& operation, std::uint64_t number, StorageFault fault);
  std::uint64_t calls(const std::string& operation) const;

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

 private:
  class Writer;
  class Reader;
  struct Script {
    std::map<std::string, std::uint64_t> calls;
    std::map<std::pair<std::string, std::uint64_t>, StorageFault> faults;
  };
  std::optional<StorageFault> count(const std::string& operation);
  template <class Call>
  auto guarded(const std::string& operation, Call&& call) -> decltype(call());

  Storage& inner_;
  Guarded<Script> script_;
};

}  // namespace salvor::store
