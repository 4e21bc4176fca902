#include "repo/id_set.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace salvor::repo {
namespace {

constexpr std::size_t kFirstPlaces = 1024;  // a power of two, as all sizes

}  // namespace

std::size_t IdSet::home_of(ByteView key) const {
  std::uint64_t start = 0;
  const ByteView hash = key.subspan(1);
  std::memcpy(&start, hash.data(), std::min(hash.size(), sizeof(start)));
  return (start ^ std::to_integer<std::uint64_t>(key[0])) & (places_ - 1);
}

std::size_t IdSet::find(ByteView key) const {
  std::size_t at = home_of(key);
  while (is_used(at) && !std::ranges::equal(key_at(at), key)) at = (at + 1) & (places_ - 1);
  return at;
}

bool IdSet::insert(const ContentId& id) {
  if (size_ == 0) key_bytes_ = id.binary().size();
  CHECK(!id.empty() && id.binary().size() == key_bytes_);
  if (3 * (size_ + 1) > 2 * places_) grow();
  const std::size_t at = find(id.binary());
  if (is_used(at)) return false;
  *place(at) = std::byte{1};
  std::ranges::copy(id.binary(), place(at) + 1);
  ++size_;
  return true;
}

bool IdSet::contains(const ContentId& id) const {
  return size_ > 0 && id.binary().size() == key_bytes_ && is_used(find(id.binary()));
}

// What comes behind and would no longer be found is moved up into the gap.
void IdSet::erase(const ContentId& id) {
  if (!contains(id)) return;
  std::size_t gap = find(id.binary());
  for (std::size_t at = (gap + 1) & (places_ - 1); is_used(at); at = (at + 1) & (places_ - 1)) {
    const std::size_t from_home = (at - home_of(key_at(at))) & (places_ - 1), from_gap = (at - gap) & (places_ - 1);
    if (from_home < from_gap) continue;
    std::memcpy(place(gap), place(at), stride());
    gap = at;
  }
  *place(gap) = std::byte{0};
  if (--size_ == 0) clear();
}

void IdSet::grow() {
  IdSet larger;
  larger.key_bytes_ = key_bytes_;
  larger.places_ = std::max(kFirstPlaces, 2 * places_);
  append_zeros(larger.table_, larger.places_ * larger.stride());
  for (std::size_t at = 0; at < places_; ++at) {
    if (is_used(at)) std::memcpy(larger.place(larger.find(key_at(at))), place(at), stride());
  }
  larger.size_ = size_;
  *this = std::move(larger);
}

}  // namespace salvor::repo
