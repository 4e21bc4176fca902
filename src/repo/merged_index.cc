#include "repo/merged_index.h"

#include <algorithm>

namespace salvor::repo {
namespace {

// As the order of a heap: the least key in front.
constexpr auto kLater = [](const auto& a, const auto& b) { return compare_binary(a.key, b.key) > 0; };

}  // namespace

MergedIndex::MergedIndex(std::vector<IndexReader> indexes, std::int64_t deletion_watermark)
    : indexes_(std::move(indexes)), deletion_watermark_(deletion_watermark) {
  std::uint64_t rows = 0;
  for (const IndexReader& index : indexes_) {
    first_rows_.push_back(rows);
    rows += index.count();
  }
}

Result<std::optional<ContentEntry>> MergedIndex::find(const ContentId& id) const {
  const std::optional<Located> located = TRY(locate(id));
  return located ? std::optional(located->entry) : std::nullopt;
}

Result<std::optional<MergedIndex::Located>> MergedIndex::locate(const ContentId& id) const {
  if (rows() > std::numeric_limits<Position>::max()) {
    return Error(Code::unsupported, "indexes of " + std::to_string(rows()) + " entries");
  }
  std::optional<Located> best;
  for (std::size_t i = 0; i < indexes_.size(); ++i) {
    const std::optional<std::uint32_t> row = indexes_[i].position_of(id);
    if (!row) continue;
    const ContentEntry entry = TRY(indexes_[i].entry(*row));
    if (best && !supersedes(entry, best->entry)) continue;
    best = Located{static_cast<Position>(first_rows_[i] + *row), entry};
  }
  if (best && is_hidden(best->entry)) best.reset();
  return best;
}

Result<ContentEntry> MergedIndex::at(Position position) const {
  const auto behind = std::ranges::upper_bound(first_rows_, position);
  CHECK(behind != first_rows_.begin());
  const auto number = static_cast<std::size_t>(behind - first_rows_.begin()) - 1;
  const std::uint64_t row = position - first_rows_[number];
  CHECK(row < indexes_[number].count());
  return indexes_[number].entry(static_cast<std::uint32_t>(row));
}

MergedIndex::Stream MergedIndex::all() const {
  Stream stream(*this);
  for (const IndexReader& index : indexes_) stream.push({{}, &index, index.all()});
  return stream;
}

MergedIndex::Stream MergedIndex::with_prefix(char prefix) const {
  Stream stream(*this);
  for (const IndexReader& index : indexes_) stream.push({{}, &index, index.with_prefix(prefix)});
  return stream;
}

void MergedIndex::Stream::push(Head head) {
  if (head.rest.begin == head.rest.end) return;
  head.key = head.index->key(head.rest.begin);
  heads_.push_back(head);
  std::ranges::push_heap(heads_, kLater);
}

Result<ContentEntry> MergedIndex::Stream::take() {
  std::ranges::pop_heap(heads_, kLater);
  Head head = heads_.back();
  heads_.pop_back();
  const ContentEntry entry = TRY(head.index->entry(head.rest.begin));
  ++head.rest.begin;
  if (head.rest.begin < head.rest.end && compare_binary(head.index->key(head.rest.begin), head.key) <= 0) {
    return damaged_index("its rows are not in order");
  }
  push(head);
  return entry;
}

Result<std::optional<ContentEntry>> MergedIndex::Stream::next() {
  const auto taken = [this]() -> Result<std::optional<ContentEntry>> {
    while (!heads_.empty()) {
      const ByteView key = heads_.front().key;
      ContentEntry best = TRY(take());
      while (!heads_.empty() && compare_binary(heads_.front().key, key) == 0) {
        const ContentEntry other = TRY(take());
        if (supersedes(other, best)) best = other;
      }
      if (!merged_->is_hidden(best)) return std::optional(best);
    }
    return std::optional<ContentEntry>();
  };
  auto entry = taken();
  if (!entry.ok()) heads_.clear();
  return entry;
}

}  // namespace salvor::repo
