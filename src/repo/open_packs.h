// OpenPacks: the packs that contents are being put into, so many that no thread waits for another's.
//
// There is one, until two threads want it at a time and it is worth the name: a short run leaves one pack, not one for
// each thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "base/result.h"
#include "repo/pack_builder.h"

namespace salvor::repo {

// Thread-safe.
class OpenPacks {
 public:
  explicit OpenPacks(unsigned most) : places_(most) {}

  using Begin = std::function<Result<PackBuilder>()>;
  using Put = std::function<Result<>(PackBuilder&)>;
  // Lets `put` put something into a pack, which `begin` makes when there is none. The pack, when it then has `full`
  // bytes: it is not open any more. After an error of either that pack is gone.
  Result<std::optional<PackBuilder>> put(std::size_t full, const Begin& begin, const Put& put);
  // All of them. Requires: nothing is being put.
  std::vector<PackBuilder> take_all();

 private:
  static constexpr std::size_t kWorthAnother = 4 << 20;
  struct Place {
    std::mutex lock;
    std::optional<PackBuilder> pack;
    std::atomic<std::size_t> size{0};  // its, for who does not hold the lock
  };
  Place& choose(std::unique_lock<std::mutex>& hold);

  std::deque<Place> places_;
};

}  // namespace salvor::repo
