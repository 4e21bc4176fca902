#include "repo/open_packs.h"

#include <utility>

namespace salvor::repo {

// The first that is free. Who finds none waits for the first.
OpenPacks::Place& OpenPacks::choose(std::unique_lock<std::mutex>& hold) {
  for (Place& place : places_) {
    hold = std::unique_lock(place.lock, std::try_to_lock);
    if (hold.owns_lock()) return place;
    if (place.size < kWorthAnother) break;
  }
  hold = std::unique_lock(places_.front().lock);
  return places_.front();
}

Result<std::optional<PackBuilder>> OpenPacks::put(std::size_t full, const Begin& begin, const Put& put) {
  std::unique_lock<std::mutex> hold;
  Place& place = choose(hold);
  if (!place.pack) place.pack = TRY(begin());
  Result<> done = put(*place.pack);
  if (done.ok() && place.pack->size() < full) {
    place.size = place.pack->size();
    return std::optional<PackBuilder>();
  }
  place.size = 0;
  std::optional<PackBuilder> taken = std::exchange(place.pack, std::nullopt);
  TRY(std::move(done));
  return taken;
}

std::vector<PackBuilder> OpenPacks::take_all() {
  std::vector<PackBuilder> all;
  for (Place& place : places_) {
    std::lock_guard hold(place.lock);
    if (place.pack) all.push_back(*std::exchange(place.pack, std::nullopt));
    place.size = 0;
  }
  return all;
}

}  // namespace salvor::repo
