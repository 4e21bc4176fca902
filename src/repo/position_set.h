// PositionSet: contents of one IndexView (MergedIndex::Position), a bit for each row of its indexes: 125 KB for a
// million contents, however many of them are in it.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "repo/merged_index.h"

namespace salvor::repo {

// insert and contains may be called from any thread, the others when none inserts.
class PositionSet {
 public:
  using Position = MergedIndex::Position;

  // Of positions below `rows`.
  explicit PositionSet(std::uint64_t rows) : words_(static_cast<std::size_t>((rows + 63) / 64)) {}

  // Whether it was not in it before.
  bool insert(Position position) {
    const std::uint64_t bit = std::uint64_t{1} << (position % 64);
    return (words_[position / 64].fetch_or(bit, std::memory_order_relaxed) & bit) == 0;
  }
  bool contains(Position position) const {
    return (words_[position / 64].load(std::memory_order_relaxed) >> (position % 64) & 1) != 0;
  }

  std::uint64_t size() const {
    std::uint64_t sum = 0;
    for (const auto& word : words_) sum += static_cast<std::uint64_t>(std::popcount(word.load()));
    return sum;
  }
  // By ascending position, until `visit` returns an Error, which is then returned.
  template <class Visit>
  Result<> for_each(Visit&& visit) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      for (std::uint64_t word = words_[i].load(); word != 0; word &= word - 1) {
        TRY(visit(static_cast<Position>(i * 64 + static_cast<std::size_t>(std::countr_zero(word)))));
      }
    }
    return {};
  }

 private:
  std::vector<std::atomic<std::uint64_t> > words_;
};

}  // namespace salvor::repo
