// Packs that hold little of what is still needed, and moving that out of them, so that they can be removed.
//
// A pack is short when the living contents in it are less than 60 % of a full pack. Of two and more short packs all
// that lives goes into new ones, but for what is younger than safety allows. One short pack alone is rewritten only
// when that frees bytes: when what lives is less than 60 % of the pack itself.
//
// Stock moves contents that are marked as deleted too, which carries waste on and makes it new. Here they stay: their
// pack is in use until they are dropped, and goes then. [kopia repo/maintenance/content_rewrite.go]
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "repo/content_mover.h"
#include "repo/index_view.h"
#include "repo/maintenance_safety.h"
#include "repo/task_stats.h"

namespace salvor::repo {

struct PackUse {
  std::string_view pack;  // a view into the indexes
  CountSum alive;         // contents that indexes name in it; bytes as packed
  std::uint64_t end = 0;  // where the last of them ends, so that the pack has as many bytes at least
};

// How much of each pack lives, in the order of their names; packs of which nothing does are left out. Errors: those of
// the indexes.
Result<std::vector<PackUse> > pack_uses(const MergedIndex& contents);
// The short ones among them that are worth rewriting.
std::vector<PackUse> short_packs(std::span<const PackUse> uses, std::uint64_t pack_bytes);

struct Rewritten {
  CountSum to_move, moved, too_young;
  CountSum damaged;                   // left where they are
  std::vector<std::string> problems;  // of the first few that are
};
TaskStats stats_of(const Rewritten& rewritten);

// Moves the contents of short packs of the view that the repository has now. Without a mover it only counts. What is
// damaged stays and is told. Errors: the storage's; what was moved until then is whole.
Result<Rewritten> rewrite_short_packs(Repository& repository, ContentMover* mover, const MaintenanceSafety& safety,
                                      Time now, std::stop_token stop);

}  // namespace salvor::repo
