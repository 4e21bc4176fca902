// CachingStorage: keeps small objects and what stat said in bounded memory.
//
// What was written or removed through this storage is seen at once. What others write is seen after `max_age` at most,
// counted from when the kept answer was asked for; storage.h's "fresh" holds for others only within that time, so cache
// what is written once (metadata files of backups), and never what several programs agree by. Lists are not kept, and
// neither is absence: what is not there is asked for each time.
//
// An object is kept once it was read from its first to its last byte, and the store said how long it is.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <string_view>

#include "base/guarded.h"
#include "base/units.h"
#include "store/forwarding.h"

namespace salvor::store {

struct CachePolicy {
  Duration max_age = std::chrono::minutes(1);
  std::uint64_t max_bytes = 16 * kMiB;  // of all that is kept, keys included
  std::uint64_t max_object = 256 * kKiB;
  // Which keys may be kept; all when empty.
  std::function<bool(std::string_view key)> wanted;
};

class CachingStorage final : public ForwardingStorage {
 public:
  CachingStorage(std::unique_ptr<Storage> inner, CachePolicy policy, Clock& clock)
      : ForwardingStorage(std::move(inner)), policy_(std::move(policy)), clock_(clock) {}

  Result<std::unique_ptr<WriteStream>> create(const std::string& key, Exists exists, std::stop_token stop) override;
  Result<std::unique_ptr<ReadStream>> open(const std::string& key, ByteRange range, std::stop_token stop) override;
  Result<Entry> stat(const std::string& key, std::stop_token stop) override;
  Result<> remove(const std::string& key, std::stop_token stop) override;
  std::uint64_t kept_bytes() const;

 private:
  class Writer;
  class Reader;
  struct Item {
    std::string key;
    std::shared_ptr<const Bytes> bytes;  // may be empty
    std::string version;
    std::optional<Entry> entry;
    Duration bytes_asked{}, entry_asked{};
    std::uint64_t size() const;
  };
  using Items = std::list<Item>;  // the latest used first
  struct State {
    Items items;
    std::map<std::string, Items::iterator, std::less<>> by_key;
    std::uint64_t bytes = 0;
    std::uint64_t changes = 0;  // own writes and removals, begun or ended
  };
  // When an answer was asked for; it may only be kept if nothing changed since.
  struct Asked {
    Duration at{};
    std::uint64_t changes = 0;
  };

  bool is_wanted(const std::string& key) const { return !policy_.wanted || policy_.wanted(key); }
  bool is_fresh(Duration asked) const { return clock_.monotonic() - asked < policy_.max_age; }
  Asked ask() const;
  void keep(const std::string& key, const Asked& asked, const std::function<void(Item&)>& fill);
  void forget(const std::string& key);
  static Item& touch(State& state, const std::string& key);
  static void drop(State& state, Items::iterator item);

  const CachePolicy policy_;
  Clock& clock_;
  Guarded<State> state_;
};

}  // namespace salvor::store
