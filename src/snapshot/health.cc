#include "snapshot/health.h"

#include <algorithm>
#include <vector>

#include "repo/manifest_content.h"
#include "repo/pack_table.h"
#include "snapshot/reach.h"
#include "snapshot/tree.h"

namespace salvor::snapshot {

namespace {

double ratio(std::uint64_t more, std::uint64_t less) {
  return less == 0 ? 0 : static_cast<double>(more) / static_cast<double>(less);
}

// The roots of all snapshots, which are counted on the way.
Result<std::vector<DirEntry> > count_snapshots(repo::Repository& repository, Health& health, std::stop_token stop) {
  const Snapshots snapshots = TRY(list_snapshots(repository, {}, std::move(stop)));
  health.snapshots = snapshots.all.size() + snapshots.damaged.size();
  health.damaged_snapshots = snapshots.damaged.size();
  std::vector<DirEntry> roots;
  for (const Manifest& one : snapshots.all) {
    if (!one.incomplete.empty()) ++health.incomplete_snapshots;
    if (!one.root) continue;
    health.logical_bytes += one.root->summary ? one.root->summary->total_size : one.root->size;
    roots.push_back(*one.root);
  }
  return roots;
}

// Counts contents, and per pack of the table whether it holds one that is needed.
Result<> count_contents(const MergedIndex& contents, const repo::PositionSet& needed, const repo::PackTable& packs,
                        Health& health, std::vector<bool>& alive) {
  for (std::uint64_t row = 0; row < contents.rows(); ++row) {
    const auto position = static_cast<MergedIndex::Position>(row);
    const repo::ContentEntry entry = TRY(contents.at(position));
    const auto located = TRY(contents.locate(entry.id));
    if (!located || located->position != position) continue;
    if (entry.deleted) {
      health.deleted.add(entry);
      continue;
    }
    (entry.id.prefix() == 0 ? health.data : health.metadata).add(entry);
    const bool is_needed = needed.contains(position) || entry.id.prefix() == repo::kManifestContentPrefix;
    if (!is_needed) {
      health.unneeded.add(entry);
      continue;
    }
    const auto pack = std::ranges::lower_bound(packs.all(), entry.pack_blob_id, {},
                                               [](const auto& one) -> std::string_view { return one.first; });
    if (pack != packs.all().end() && pack->first == entry.pack_blob_id) {
      alive[static_cast<std::size_t>(pack - packs.all().begin())] = true;
    }
  }
  return {};
}

}  // namespace

double Health::deduplication() const { return ratio(logical_bytes, data.original_bytes); }
double Health::compression() const {
  return ratio(data.original_bytes + metadata.original_bytes, data.packed_bytes + metadata.packed_bytes);
}

Result<Health> look_at_health(repo::Repository& repository, unsigned threads, std::stop_token stop) {
  Health health;
  const auto view = repository.indexes();
  health.index_blobs = view->blobs();
  health.index_bytes = view->bytes();
  const std::vector<DirEntry> roots = TRY(count_snapshots(repository, health, stop));
  const repo::PackTable packs = TRY(repo::PackTable::list(repository.blobs(), stop));
  health.packs = packs.packs();
  health.pack_bytes = packs.bytes();
  const auto lost = [&](const auto&, const Error&) { ++health.lost_contents; };
  Reach reach(repository, view, {.threads = threads}, {.content = {}, .trouble = lost});
  TRY(reach.run(roots, stop));
  std::vector<bool> alive(packs.packs());
  TRY(count_contents(view->contents(), reach.needed(), packs, health, alive));
  for (std::size_t i = 0; i < alive.size(); ++i) {
    if (alive[i]) continue;
    ++health.dead_packs;
    health.dead_pack_bytes += packs.all()[i].second;
  }
  return health;
}

}  // namespace salvor::snapshot
