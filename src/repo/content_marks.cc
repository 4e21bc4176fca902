#include "repo/content_marks.h"

#include <cstring>

namespace salvor::repo {
namespace {

constexpr std::uint64_t kMarkBits = 7;

// The finalizer of SplitMix64: every bit of what comes in changes half of what goes out.
std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

}  // namespace

Result<ContentMarks> ContentMarks::create(const MergedIndex& contents, Rng& rng) {
  // Counted first, because rows are more where contents were deleted or moved. A third as many slots again: a search
  // then looks at two or three.
  std::uint64_t count = 0;
  MergedIndex::Stream counting = contents.all();
  while (TRY(counting.next())) ++count;
  ContentMarks marks(count + count / 3 + 16, rng.next());
  MergedIndex::Stream stream = contents.all();
  while (const auto entry = TRY(stream.next())) {
    const std::uint64_t key = marks.key_of(entry->id);
    marks.slot_of(key).store(key, std::memory_order_relaxed);
    ++marks.contents_;
  }
  return marks;
}

// Never 0. All of the id counts, and nobody can choose ids that crowd together without knowing the seed.
std::uint64_t ContentMarks::key_of(const ContentId& id) const {
  std::uint64_t key = seed_;
  for (ByteView rest = id.binary(); !rest.empty();) {
    std::uint64_t word = 0;
    const std::size_t size = rest.size() < sizeof word ? rest.size() : sizeof word;
    std::memcpy(&word, rest.data(), size);
    key = mixed(key ^ word) + size;
    rest = rest.subspan(size);
  }
  key &= ~kMarkBits;
  return key == 0 ? kMarkBits + 1 : key;
}

std::atomic<std::uint64_t>& ContentMarks::slot_of(std::uint64_t key) const {
  __extension__ typedef unsigned __int128 Wide;
  auto at = static_cast<std::uint64_t>(Wide{key} * slot_count_ >> 64);
  for (;;) {
    const std::uint64_t held = slots_[at].load(std::memory_order_relaxed) & ~kMarkBits;
    if (held == 0 || held == key) return slots_[at];
    at = at + 1 == slot_count_ ? 0 : at + 1;
  }
}

std::optional<bool> ContentMarks::set(const ContentId& id, Mark mark) {
  std::atomic<std::uint64_t>& slot = slot_of(key_of(id));
  if (slot.load(std::memory_order_relaxed) == 0) return std::nullopt;
  const auto bit = static_cast<std::uint64_t>(mark);
  return (slot.fetch_or(bit, std::memory_order_relaxed) & bit) == 0;
}

std::optional<bool> ContentMarks::has(const ContentId& id, Mark mark) const {
  const std::uint64_t held = slot_of(key_of(id)).load(std::memory_order_relaxed);
  if (held == 0) return std::nullopt;
  return (held & static_cast<std::uint64_t>(mark)) != 0;
}

}  // namespace salvor::repo
