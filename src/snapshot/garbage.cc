#include "snapshot/garbage.h"

#include <set>
#include <vector>

#include "repo/content_mover.h"
#include "repo/content_time.h"
#include "repo/index_batch.h"
#include "snapshot/mark.h"
#include "snapshot/tree.h"

namespace salvor::snapshot {

namespace {

using repo::ContentEntry;
using repo::ContentMarks;

// Snapshots that came while earlier ones were walked are walked too, so often. Whoever saves without a pause does not
// keep a collection from ending: what he saves is too young to be collected.
constexpr int kRounds = 3;

enum class Fate { in_use, recover, of_manifests, too_young, unused, unused_again };

class Collector {
 public:
  Collector(repo::Repository& repository, repo::MaintenanceTurn& turn, const repo::MaintenanceSafety& safety,
            const GarbageOptions& options, Clock& clock, Rng& rng)
      : repository_(repository), turn_(turn), safety_(safety), options_(options), clock_(clock), rng_(rng) {}

  Result<Garbage> run(const Problem& problem, std::stop_token stop) {
    TRY(repository_.refresh(stop));
    ContentMarks marks = TRY(ContentMarks::create(repository_.indexes()->contents(), rng_));
    TRY(mark(marks, problem, stop));
    const auto view = repository_.indexes();
    TRY(count(view->contents(), marks));
    if (!turn_.writes()) return garbage_;
    TRY(turn_.check_still_ours(stop));
    if (garbage_.recovered.count > 0) TRY(recover(view->contents(), marks, stop));
    if (garbage_.newly_deleted.count > 0) TRY(remove(view->contents(), marks, stop));
    return garbage_;
  }

 private:
  Result<> mark(ContentMarks& marks, const Problem& problem, std::stop_token stop) {
    SnapshotMarker marker(repository_, marks, options_.threads);
    std::set<std::string> walked;
    for (int round = 1;; ++round) {
      const Snapshots snapshots = TRY(list_snapshots(repository_, {}, stop));
      for (const DamagedManifest& damaged : snapshots.damaged) problem("snapshot " + damaged.id, damaged.error);
      if (!snapshots.damaged.empty()) return unknown_use("the manifest of snapshot " + snapshots.damaged.front().id);
      std::vector<Manifest> further;
      for (const Manifest& manifest : snapshots.all) {
        if (walked.insert(manifest.id).second) further.push_back(manifest);
      }
      TRY(marker.mark(further, stop));
      // What is decided is decided by indexes all of whose snapshots were walked.
      if (round == kRounds || (further.empty() && round > 1)) break;
      TRY(repository_.refresh(stop));
    }
    garbage_.snapshots = marker.snapshots();
    garbage_.directories = marker.directories();
    for (const MarkProblem& one : marker.problems()) problem(one.where, one.error);
    if (marker.problem_count() == 0) return {};
    return unknown_use(std::to_string(marker.problem_count()) + " of the things that snapshots name, the first in " +
                       marker.problems().front().where);
  }

  static Error unknown_use(const std::string& what) {
    return Error(Code::corrupt, what + " cannot be read, so it is not known what is in use: nothing was taken away")
        .hint("Repair what is damaged, or delete the snapshots that hold it, and run maintenance again.");
  }

  Fate fate_of(const ContentEntry& entry, const ContentMarks& marks) const {
    if (entry.id.prefix() == repo::kManifestContentPrefix) return Fate::of_manifests;
    const std::optional<bool> is_used = marks.has(entry.id, ContentMarks::Mark::used);
    if (is_used && *is_used) return entry.deleted ? Fate::recover : Fate::in_use;
    // One that the marks do not know was written meanwhile, and so was what uses it, perhaps.
    const bool is_young =
        !is_used || repo::is_younger(entry.timestamp_seconds, turn_.started(), safety_.content_min_age);
    if (is_young) return Fate::too_young;
    return entry.deleted ? Fate::unused_again : Fate::unused;
  }

  Result<> count(const repo::MergedIndex& contents, const ContentMarks& marks) {
    repo::MergedIndex::Stream stream = contents.all();
    while (const auto entry = TRY(stream.next())) {
      const std::uint64_t size = entry->packed_length;
      switch (fate_of(*entry, marks)) {
        case Fate::of_manifests: garbage_.of_manifests.add(size); break;
        case Fate::recover: garbage_.recovered.add(size); [[fallthrough]];
        case Fate::in_use: garbage_.in_use.add(size); break;
        case Fate::too_young: garbage_.too_young.add(size); break;
        case Fate::unused: garbage_.newly_deleted.add(size); [[fallthrough]];
        case Fate::unused_again: garbage_.unused.add(size); break;
      }
    }
    return {};
  }

  Result<> recover(const repo::MergedIndex& contents, const ContentMarks& marks, std::stop_token stop) {
    auto mover = TRY(repo::ContentMover::create(repository_, options_.caller.user, options_.caller.host, clock_, rng_));
    repo::MergedIndex::Stream stream = contents.all();
    while (const auto entry = TRY(stream.next())) {
      if (fate_of(*entry, marks) != Fate::recover) continue;
      const Bytes stored = TRY(repository_.blobs()
                                   .get_range(entry->pack_blob_id, entry->pack_offset, entry->packed_length, stop)
                                   .context("content " + to_string(entry->id) + ", which is in use and was deleted"));
      TRY(mover.add(*entry, stored, stop));
    }
    return mover.finish(std::move(stop));
  }

  Result<> remove(const repo::MergedIndex& contents, const ContentMarks& marks, std::stop_token stop) {
    repo::IndexBatch batch(repository_, clock_, rng_);
    repo::MergedIndex::Stream stream = contents.all();
    while (const auto entry = TRY(stream.next())) {
      if (fate_of(*entry, marks) != Fate::unused) continue;
      ContentEntry deleted = *entry;
      deleted.deleted = true;
      deleted.timestamp_seconds = repo::content_time_after(clock_.now(), entry->timestamp_seconds);
      TRY(batch.add(deleted, stop));
    }
    return batch.finish(std::move(stop));
  }

  repo::Repository& repository_;
  repo::MaintenanceTurn& turn_;
  const repo::MaintenanceSafety& safety_;
  const GarbageOptions& options_;
  Clock& clock_;
  Rng& rng_;
  Garbage garbage_;
};

}  // namespace

Result<Garbage> collect_garbage(repo::Repository& repository, repo::MaintenanceTurn& turn,
                                const repo::MaintenanceSafety& safety, const GarbageOptions& options, Clock& clock,
                                Rng& rng, const Problem& problem, std::stop_token stop) {
  return Collector(repository, turn, safety, options, clock, rng).run(problem, std::move(stop));
}

repo::TaskStats stats_of(const Garbage& garbage) {
  repo::TaskStats stats{"snapshotGCStats", {}};
  const auto add = [&](std::string_view count, std::string_view size, const repo::CountSum& sum) {
    stats.add(count, sum.count);
    stats.add(size, sum.bytes);
  };
  add("unreferencedContentCount", "unreferencedContentSize", garbage.unused);
  add("deletedContentCount", "deletedContentSize", garbage.newly_deleted);
  add("unreferencedRecentContentCount", "unreferencedRecentContentSize", garbage.too_young);
  add("inUseContentCount", "inUseContentSize", garbage.in_use);
  add("inUseSystemContentCount", "inUseSystemContentSize", garbage.of_manifests);
  add("recoveredContentCount", "recoveredContentSize", garbage.recovered);
  return stats;
}

}  // namespace salvor::snapshot
