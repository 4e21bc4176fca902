// CostedCache: values that are dear to get, the ones used last kept, together of a bounded cost.
//
//   CostedCache<std::string, Page> pages(32 << 20);
//   const auto page = TRY(pages.get(name, [&]() -> Result<CostedCache<std::string, Page>::Priced> { ... }));
//
// What several threads want at once is loaded once. Errors are not kept. One value dearer than the whole bound is still
// given, and dropped when the next comes.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "base/result.h"

namespace salvor {

// Thread-safe. Values that were given stay good whatever becomes of the cache.
template <class Key, class Value>
class CostedCache {
 public:
  struct Priced {
    std::shared_ptr<const Value> value;
    std::uint64_t cost = 0;
  };

  explicit CostedCache(std::uint64_t most) : most_(most) {}

  // `load` returns a Result<Priced>; it is called without the lock.
  template <class Load>
  Result<std::shared_ptr<const Value>> get(const Key& key, Load&& load) {
    std::unique_lock hold(mutex_);
    for (;;) {
      const auto found = places_.find(key);
      if (found == places_.end()) break;
      if (found->second.priced.value) {
        order_.splice(order_.begin(), order_, found->second.at);
        return found->second.priced.value;
      }
      changed_.wait(hold);
    }
    const auto place = places_.emplace(key, Place{}).first;
    hold.unlock();
    Result<Priced> loaded = std::forward<Load>(load)();
    hold.lock();
    changed_.notify_all();
    if (!loaded.ok()) {
      places_.erase(place);
      return std::move(loaded).error();
    }
    place->second.priced = *loaded;
    place->second.at = order_.insert(order_.begin(), place);
    cost_ += loaded->cost;
    drop_oldest();
    return loaded->value;
  }

  std::uint64_t cost() const {
    std::lock_guard hold(mutex_);
    return cost_;
  }

 private:
  struct Place;
  using Places = std::map<Key, Place>;
  struct Place {
    Priced priced{};  // without a value while it is loaded
    typename std::list<typename Places::iterator>::iterator at{};
  };

  // All but the first, which was asked for just now.
  void drop_oldest() {
    while (cost_ > most_ && order_.size() > 1) {
      cost_ -= order_.back()->second.priced.cost;
      places_.erase(order_.back());
      order_.pop_back();
    }
  }

  const std::uint64_t most_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Places places_;
  std::list<typename Places::iterator> order_;  // the one used last in front
  std::uint64_t cost_ = 0;
};

}  // namespace salvor
