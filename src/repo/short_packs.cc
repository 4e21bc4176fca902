#include "repo/short_packs.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "repo/content_time.h"

namespace salvor::repo {
namespace {

constexpr std::uint64_t kShortPercent = 60;
constexpr std::size_t kMostAtATime = 100'000;         // entries, some 90 bytes each
constexpr std::uint64_t kMostSpanBytes = 8 << 20;     // read at once
constexpr std::uint64_t kBridgedGapBytes = 64 << 10;  // cheaper to read than to ask again
constexpr std::size_t kMostProblems = 20;

// Of one run, the packs whose contents are collected together.
std::vector<std::unordered_set<std::string_view> > in_groups(std::span<const PackUse> packs) {
  std::vector<std::unordered_set<std::string_view> > groups;
  std::uint64_t entries = kMostAtATime;
  for (const PackUse& use : packs) {
    if (entries + use.alive.count > kMostAtATime) {
      groups.emplace_back();
      entries = 0;
    }
    entries += use.alive.count;
    groups.back().insert(use.pack);
  }
  return groups;
}

class Rewrite {
 public:
  Rewrite(Repository& repository, ContentMover* mover, const MaintenanceSafety& safety, Time now, std::stop_token stop)
      : repository_(repository), mover_(mover), safety_(safety), now_(now), stop_(std::move(stop)) {}

  Result<Rewritten> run() {
    const auto view = repository_.indexes();
    const std::vector<PackUse> uses = TRY(pack_uses(view->contents()));
    const auto pack_bytes = static_cast<std::uint64_t>(repository_.format().config.pack_bytes());
    for (const auto& group : in_groups(short_packs(uses, pack_bytes))) {
      TRY(move_all(TRY(entries_in(view->contents(), group))));
    }
    return std::move(rewritten_);
  }

 private:
  // By pack and place, so that each pack is read once from front to back.
  Result<std::vector<ContentEntry> > entries_in(const MergedIndex& contents,
                                                const std::unordered_set<std::string_view>& packs) {
    std::vector<ContentEntry> entries;
    MergedIndex::Stream stream = contents.all();
    while (const auto entry = TRY(stream.next())) {
      if (entry->deleted || !packs.contains(entry->pack_blob_id)) continue;
      if (is_younger(entry->timestamp_seconds, now_, safety_.rewrite_min_age)) {
        rewritten_.too_young.add(entry->packed_length);
        continue;
      }
      rewritten_.to_move.add(entry->packed_length);
      if (mover_) entries.push_back(*entry);
    }
    std::ranges::sort(entries, [](const ContentEntry& a, const ContentEntry& b) {
      return std::tuple(a.pack_blob_id, a.pack_offset) < std::tuple(b.pack_blob_id, b.pack_offset);
    });
    return entries;
  }

  Result<> move_all(std::span<const ContentEntry> entries) {
    while (!entries.empty()) {
      std::size_t count = 1;
      std::uint64_t end = end_of(entries[0]);
      while (count < entries.size() && belongs(entries[0], entries[count], end))
        end = std::max(end, end_of(entries[count++]));
      TRY(move_span(entries.first(count), end));
      entries = entries.subspan(count);
    }
    return {};
  }
  static std::uint64_t end_of(const ContentEntry& entry) {
    return std::uint64_t{entry.pack_offset} + entry.packed_length;
  }
  static bool belongs(const ContentEntry& first, const ContentEntry& next, std::uint64_t end) {
    return next.pack_blob_id == first.pack_blob_id && next.pack_offset <= end + kBridgedGapBytes &&
           end_of(next) - first.pack_offset <= kMostSpanBytes;
  }

  Result<> move_span(std::span<const ContentEntry> entries, std::uint64_t end) {
    const ContentEntry& first = entries[0];
    const std::uint64_t size = end - first.pack_offset;
    const Result<Bytes> bytes = repository_.blobs().get_range(first.pack_blob_id, first.pack_offset, size, stop_);
    if (!bytes.ok() && !is_loss(bytes.error().code())) return bytes.error().clone();
    // One by one, when the pack ends before the last of them or is gone.
    if (!bytes.ok() && entries.size() > 1) {
      for (const ContentEntry& entry : entries) TRY(move_span({&entry, 1}, end_of(entry)));
      return {};
    }
    if (!bytes.ok()) return note(first, bytes.error());
    for (const ContentEntry& entry : entries) {
      const ByteView stored = ByteView(*bytes).subspan(entry.pack_offset - first.pack_offset, entry.packed_length);
      const Result<> moved = mover_->add(entry, stored, stop_);
      if (!moved.ok() && moved.error().code() != Code::corrupt) return moved.error().clone();
      if (!moved.ok()) TRY(note(entry, moved.error()));
      if (moved.ok()) rewritten_.moved.add(entry.packed_length);
    }
    return {};
  }
  static bool is_loss(Code code) { return code == Code::corrupt || code == Code::not_found || code == Code::invalid; }
  Result<> note(const ContentEntry& entry, const Error& error) {
    rewritten_.damaged.add(entry.packed_length);
    if (rewritten_.problems.size() < kMostProblems) {
      rewritten_.problems.push_back("content " + to_string(entry.id) + ": " + error.message());
    }
    return {};
  }

  Repository& repository_;
  ContentMover* const mover_;
  const MaintenanceSafety& safety_;
  const Time now_;
  const std::stop_token stop_;
  Rewritten rewritten_;
};

}  // namespace

Result<std::vector<PackUse> > pack_uses(const MergedIndex& contents) {
  std::unordered_map<std::string_view, PackUse> by_pack;
  MergedIndex::Stream stream = contents.all();
  while (const auto entry = TRY(stream.next())) {
    if (entry->deleted) continue;
    PackUse& use = by_pack[entry->pack_blob_id];
    use.pack = entry->pack_blob_id;
    use.alive.add(entry->packed_length);
    use.end = std::max(use.end, std::uint64_t{entry->pack_offset} + entry->packed_length);
  }
  std::vector<PackUse> uses;
  uses.reserve(by_pack.size());
  for (const auto& [pack, use] : by_pack) uses.push_back(use);
  std::ranges::sort(uses, {}, &PackUse::pack);
  return uses;
}

std::vector<PackUse> short_packs(std::span<const PackUse> uses, std::uint64_t pack_bytes) {
  std::map<char, std::vector<PackUse> > by_kind;
  for (const PackUse& use : uses) {
    if (use.pack.empty() || use.alive.bytes >= pack_bytes * kShortPercent / 100) continue;
    by_kind[use.pack.front()].push_back(use);
  }
  std::vector<PackUse> chosen;
  for (const auto& [kind, packs] : by_kind) {
    const bool is_worth_it = packs.size() > 1 || packs[0].alive.bytes < packs[0].end * kShortPercent / 100;
    if (is_worth_it) chosen.insert(chosen.end(), packs.begin(), packs.end());
  }
  return chosen;
}

TaskStats stats_of(const Rewritten& rewritten) {
  TaskStats stats{"rewriteContentsStats", {}};
  stats.add("toRewriteContentCount", rewritten.to_move.count);
  stats.add("toRewriteContentSize", rewritten.to_move.bytes);
  stats.add("rewrittenContentCount", rewritten.moved.count);
  stats.add("rewrittenContentSize", rewritten.moved.bytes);
  stats.add("retainedContentCount", rewritten.too_young.count);
  stats.add("retainedContentSize", rewritten.too_young.bytes);
  return stats;
}

Result<Rewritten> rewrite_short_packs(Repository& repository, ContentMover* mover, const MaintenanceSafety& safety,
                                      Time now, std::stop_token stop) {
  return Rewrite(repository, mover, safety, now, std::move(stop)).run();
}

}  // namespace salvor::repo
