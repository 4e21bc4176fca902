#include "repo/pack_reader.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <span>

#include "base/pool.h"
#include "base/task_group.h"
#include "repo/hashing.h"
#include "repo/rehashing.h"

namespace salvor::repo {

Result<> ReadPlan::add(MergedIndex::Position position) {
  add(position, TRY(view_->contents().at(position)));
  return {};
}

void ReadPlan::add(MergedIndex::Position position, const ContentEntry& entry) {
  const auto [known, is_new] = numbers_.try_emplace(entry.pack_blob_id, static_cast<std::uint32_t>(packs_.size()));
  if (is_new) packs_.push_back(entry.pack_blob_id);
  items_.push_back({known->second, entry.pack_offset, position});
  packed_bytes_ += entry.packed_length;
}

bool ends_reading(Code code) {
  return code == Code::cancelled || code == Code::unavailable || code == Code::throttled || code == Code::deadline ||
         code == Code::unauthenticated || code == Code::out_of_space || code == Code::internal;
}

class PackReading {
 public:
  PackReading(Repository& repository, ReadPlan plan, const ReadOptions& options, const TakeContent& take)
      : repository_(repository),
        plan_(std::move(plan)),
        options_(options),
        take_(take),
        rehashing_(options.rehash_bytes, take) {
    plan_.numbers_ = {};
    std::ranges::sort(plan_.items_, [](const ReadPlan::Item& a, const ReadPlan::Item& b) {
      return a.pack != b.pack ? a.pack < b.pack : a.offset < b.offset;
    });
  }

  Result<> run(std::stop_token stop) {
    if (options_.threads <= 1) return work(std::move(stop));
    TaskGroup group(std::move(stop));
    const auto threads = std::min<std::size_t>(std::max(options_.threads, 1U), plan_.items_.size());
    for (std::size_t i = 0; i < threads; ++i) {
      group.start([this](std::stop_token stopped) { return work(stopped); });
    }
    return group.join();
  }

 private:
  struct Range {
    std::span<const ReadPlan::Item> items;
    std::uint64_t begin = 0, end = 0;  // in the pack
  };

  Result<> work(std::stop_token stop) {
    std::optional<Hasher> hasher;
    const RepositoryConfig& config = repository_.format().config;
    if (options_.rehash) hasher = TRY(Hasher::create(config.hash, config.secret));
    for (;;) {
      if (stop.stop_requested()) return Error(Code::cancelled, "reading contents was stopped");
      const std::optional<Range> range = TRY(next_range());
      if (!range) return hasher ? rehashing_.finish(*hasher) : Result<>();
      TRY(read(*range, hasher ? &*hasher : nullptr, stop));
    }
  }

  // The next contents that are worth one request; nothing when all are given out.
  Result<std::optional<Range> > next_range() {
    std::lock_guard hold(mutex_);
    if (next_ == plan_.items_.size()) return std::optional<Range>();
    const std::size_t first = next_;
    const ReadPlan::Item& front = plan_.items_[first];
    Range range{{}, front.offset, front.offset};
    for (; next_ < plan_.items_.size() && plan_.items_[next_].pack == front.pack; ++next_) {
      const ReadPlan::Item& item = plan_.items_[next_];
      const ContentEntry entry = TRY(entry_at(item));
      const std::uint64_t end = std::uint64_t{item.offset} + entry.packed_length;
      const bool fits = item.offset <= range.end + options_.gap_bytes && end <= range.begin + options_.request_bytes;
      if (next_ > first && !fits) break;
      range.end = std::max(range.end, end);
    }
    range.items = std::span(plan_.items_).subspan(first, next_ - first);
    return std::optional(range);
  }

  Result<ContentEntry> entry_at(const ReadPlan::Item& item) const { return plan_.view_->contents().at(item.position); }

  Result<> read(const Range& range, Hasher* hasher, std::stop_token stop) {
    if (range.items.size() == 1 && range.end - range.begin > options_.request_bytes) {
      return read_large(range.items.front(), hasher, std::move(stop));
    }
    const std::string_view pack = plan_.packs_[range.items.front().pack];
    const Result<Bytes> stored = repository_.blobs().get_range(pack, range.begin, range.end - range.begin, stop);
    if (!stored.ok() && ends_reading(stored.error().code())) return stored.error().clone();
    for (const ReadPlan::Item& item : range.items) {
      const ContentEntry entry = TRY(entry_at(item));
      if (hasher) TRY(rehashing_.reserve(entry, *hasher, stop));
      Result<Bytes> bytes =
          stored.ok() ? repository_.open_content(entry, part_of(*stored, entry.pack_offset - range.begin, entry))
                      : repository_.read_content(entry.id, stop);
      TRY(give(item.position, entry, std::move(bytes), hasher));
    }
    return {};
  }

  // One that is large is opened while it comes: there is no room for it twice.
  Result<> read_large(const ReadPlan::Item& item, Hasher* hasher, std::stop_token stop) {
    const ContentEntry entry = TRY(entry_at(item));
    if (hasher) TRY(rehashing_.reserve(entry, *hasher, stop));
    Bytes bytes;
    bytes.reserve(entry.original_length);
    const auto keep = [&](ByteView piece) { return append(bytes, piece), Result<>(); };
    Result<> read = repository_.read_content_pieces(entry.id, keep, std::move(stop));
    if (read.ok()) return give(item.position, entry, std::move(bytes), hasher);
    return give(item.position, entry, std::move(read).error(), hasher);
  }

  Result<> give(MergedIndex::Position position, const ContentEntry& entry, Result<Bytes> bytes, Hasher* hasher) {
    if (bytes.ok() && hasher) return rehashing_.add({position, entry, *std::move(bytes)}, *hasher);
    if (hasher) rehashing_.give_back(entry);
    if (!bytes.ok() && ends_reading(bytes.error().code())) return std::move(bytes).error();
    return take_(position, entry, std::move(bytes));
  }

  static ByteView part_of(const Bytes& stored, std::uint64_t offset, const ContentEntry& entry) {
    return ByteView(stored).subspan(static_cast<std::size_t>(offset), entry.packed_length);
  }

  Repository& repository_;
  ReadPlan plan_;
  const ReadOptions options_;
  const TakeContent& take_;
  Rehashing rehashing_;
  std::mutex mutex_;
  std::size_t next_ = 0;  // of the plan's items, guarded by mutex_
};

Result<> read_contents(Repository& repository, ReadPlan plan, const ReadOptions& options, const TakeContent& take,
                       std::stop_token stop) {
  return PackReading(repository, std::move(plan), options, take).run(std::move(stop));
}

}  // namespace salvor::repo
