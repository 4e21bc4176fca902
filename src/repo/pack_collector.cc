#include "repo/pack_collector.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/task_group.h"
#include "repo/blob_id.h"
#include "repo/saturating.h"
#include "repo/sealed_blob.h"
#include "repo/session.h"

namespace salvor::repo {
namespace {

constexpr unsigned kRemovers = 16;
// Stock's: where a clock stands still for a moment, what was written before this maintenance is not from after it.
constexpr Duration kStartSlack = std::chrono::seconds(1);

// The packs and markers that lie in the storage.
Result<std::vector<BlobMetadata> > list_session_blobs(BlobStore& store, std::stop_token stop) {
  std::vector<BlobMetadata> blobs;
  for (const std::string_view prefix : {kDataPackPrefix, kMetadataPackPrefix, kSessionPrefix}) {
    TRY(store.list(
        prefix,
        [&](const BlobMetadata& blob) -> Result<> {
          const auto name = parse_blob_id(blob.id);
          const bool is_ours = name && (name->kind == BlobKind::data_pack || name->kind == BlobKind::metadata_pack ||
                                        name->kind == BlobKind::session);
          if (is_ours) blobs.push_back(blob);
          return {};
        },
        stop));
  }
  return blobs;
}

// When each session was last known to live.
using Sessions = std::map<std::string, Time, std::less<> >;

Result<Sessions> read_sessions(BlobStore& store, const RepositoryConfig& config, std::span<const BlobMetadata> blobs,
                               std::stop_token stop) {
  Sessions sessions;
  Sealer sealer = TRY(Sealer::create(config));
  for (const BlobMetadata& blob : blobs) {
    if (!blob.id.starts_with(kSessionPrefix)) continue;
    const Result<Bytes> text = read_sealed_blob(store, blob, sealer, stop);
    if (!text.ok() && text.error().code() == Code::not_found) continue;  // it ended just now
    Result<SessionMarker> marker = text.ok() ? parse_session_marker(as_text(*text)) : text.error().clone();
    if (!marker.ok()) {
      return std::move(marker).error().context("the marker of a session, " + blob.id +
                                               ", without which nobody knows whose packs are still being written");
    }
    Time& alive = sessions.emplace(session_of(blob.id), marker->checkpoint).first->second;
    alive = std::max(alive, marker->checkpoint);
  }
  return sessions;
}

// A view into the indexes of `view`.
Result<std::unordered_set<std::string_view> > named_packs(const IndexView& view) {
  std::unordered_set<std::string_view> named;
  std::string_view last;
  MergedIndex::Stream stream = view.contents().all();
  while (const auto entry = TRY(stream.next())) {
    if (entry->pack_blob_id == last) continue;
    last = entry->pack_blob_id;
    named.insert(last);
  }
  return named;
}

Duration passed(Time from, Time to) { return difference_of(to.time_since_epoch(), from.time_since_epoch()); }

class Collection {
 public:
  Collection(const MaintenanceSafety& safety, const Sessions& sessions, Time cutoff)
      : safety_(safety), sessions_(sessions), cutoff_(cutoff) {}

  // A blob that no index names.
  void take(const BlobMetadata& blob) {
    if (blob.modified > cutoff_ || passed(blob.modified, cutoff_) < safety_.pack_min_age) {
      const Time free_at = sum_of(blob.modified, safety_.pack_min_age);
      if (found.too_young.count == 0) found.first_free_at = free_at;
      found.first_free_at = std::min(found.first_free_at, free_at);
      found.all_free_at = std::max(found.all_free_at, free_at);
      found.too_young.add(blob.size);
      return;
    }
    const auto session = sessions_.find(session_of(blob.id));
    if (session != sessions_.end() && passed(session->second, cutoff_) < safety_.session_expiration) {
      found.of_sessions.add(blob.size);
      return;
    }
    found.unneeded.add(blob.size);
    to_remove.push_back(blob);
  }

  CollectedPacks found;
  std::vector<BlobMetadata> to_remove;

 private:
  const MaintenanceSafety& safety_;
  const Sessions& sessions_;
  const Time cutoff_;
};

}  // namespace

Result<> remove_blobs(BlobStore& store, const std::vector<BlobMetadata>& blobs, std::stop_token stop) {
  std::atomic<std::size_t> next{0};
  TaskGroup group(std::move(stop));
  for (std::size_t i = 0; i < std::min<std::size_t>(kRemovers, blobs.size()); ++i) {
    group.start([&](std::stop_token stopped) -> Result<> {
      for (std::size_t at = next++; at < blobs.size(); at = next++) TRY(store.remove(blobs[at].id, stopped));
      return {};
    });
  }
  return group.join();
}

Result<CollectedPacks> collect_packs(Repository& repository, const MaintenanceSafety& safety,
                                     const PackCollection& collection, std::stop_token stop) {
  BlobStore& store = repository.blobs();
  const std::vector<BlobMetadata> blobs = TRY(list_session_blobs(store, stop));
  const Sessions sessions = TRY(read_sessions(store, repository.format().config, blobs, stop));
  TRY(repository.refresh(stop));
  const auto view = repository.indexes();
  const auto named = TRY(named_packs(*view));
  if (named.empty() && !blobs.empty()) {
    return Error(Code::corrupt, "the indexes of " + store.describe() + " name no content, but there are " +
                                    std::to_string(blobs.size()) + " packs: nothing is removed")
        .hint("Indexes were lost. `kopia index recover` makes them again from the packs.");
  }
  Collection found(safety, sessions, sum_of(collection.started, kStartSlack));
  for (const BlobMetadata& blob : blobs) {
    if (!named.contains(blob.id)) found.take(blob);
  }
  if (collection.removes && !found.to_remove.empty()) {
    if (collection.before_removing) TRY(collection.before_removing());
    TRY(remove_blobs(store, found.to_remove, std::move(stop)));
    found.found.removed = found.found.unneeded;
  }
  return found.found;
}

TaskStats stats_of(const CollectedPacks& collected) {
  TaskStats stats{"deleteUnreferencedPacksStats", {}};
  stats.add("unreferencedPackCount", collected.unneeded.count);
  stats.add("unreferencedTotalSize", collected.unneeded.bytes);
  stats.add("deletedPackCount", collected.removed.count);
  stats.add("deletedTotalSize", collected.removed.bytes);
  stats.add("retainedPackCount", collected.too_young.count + collected.of_sessions.count);
  stats.add("retainedTotalSize", collected.too_young.bytes + collected.of_sessions.bytes);
  return stats;
}

}  // namespace salvor::repo
