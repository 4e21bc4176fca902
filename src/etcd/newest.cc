#include "etcd/newest.h"

#include <algorithm>
#include <array>

namespace salvor::etcd {

namespace {

constexpr std::size_t kFirstSlots = 1024;
constexpr std::uint32_t kDeletion = 1U << 31;
const std::array<std::byte, crypto::Blake3::kKeyBytes> kNoKey{};

}  // namespace

Newest::Newest() : hash_(kNoKey), slots_(kFirstSlots) {}

Newest::Slot Newest::slot_of(std::string_view key, const RevisionKey& at) {
  Slot slot;
  hash_.update(as_bytes(key)).finish(std::as_writable_bytes(std::span(slot.digest)));
  slot.main = static_cast<std::uint64_t>(at.revision.main);
  slot.sub_and_deletion = (static_cast<std::uint32_t>(at.revision.sub) & ~kDeletion) | (at.tombstone ? kDeletion : 0U);
  return slot;
}

// The slot of the same digest, or the free one where it belongs.
Newest::Slot& Newest::find(const Slot& wanted) {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = wanted.digest[0] & mask;; i = (i + 1) & mask) {
    if (slots_[i].is_free() || std::ranges::equal(slots_[i].digest, wanted.digest)) return slots_[i];
  }
}

void Newest::grow() {
  std::vector<Slot> old(2 * slots_.size());
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (!slot.is_free()) find(slot) = slot;
  }
}

void Newest::put(std::string_view key, const RevisionKey& at) {
  if (at.revision == Revision{}) return;
  if (used_ >= slots_.size() / 4 * 3) grow();
  const Slot fresh = slot_of(key, at);
  Slot& slot = find(fresh);
  if (slot.is_free()) {
    ++used_;
  } else if (!(slot.sub_and_deletion & kDeletion)) {
    --live_;
  }
  if (!at.tombstone) ++live_;
  slot = fresh;
}

bool Newest::is_newest(std::string_view key, const RevisionKey& at) {
  const Slot wanted = slot_of(key, at);
  const Slot& slot = find(wanted);
  return !slot.is_free() && slot.main == wanted.main && slot.sub_and_deletion == wanted.sub_and_deletion;
}

}  // namespace salvor::etcd
