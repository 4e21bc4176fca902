// Expiring snapshots: removing those that no policy keeps.
//
//   ExpirePlan plan = TRY(plan_expiry(repository, source, stop));
//   TRY(expire(repository, plan, source, clock, rng, stop));
//
// A snapshot goes when its source's policy has no reason for it and it has no pin. What it held goes with the next full
// maintenance. A snapshot that cannot be read stays.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/rng.h"
#include "repo/content_writer.h"
#include "repo/repository.h"
#include "snapshot/manifest.h"
#include "snapshot/policies.h"
#include "snapshot/tree.h"

namespace salvor::snapshot {

// Snapshots of one source, oldest first, and why each is kept.
struct RetainedSource {
  Source source;
  struct Snapshot {
    Manifest manifest;
    std::vector<std::string> reasons = {};
    bool goes() const { return reasons.empty() && manifest.pins.empty(); }
  };
  std::vector<Snapshot> snapshots;
  std::string damage = {};  // why its policy cannot be read; then there are no reasons, and nothing goes
};

struct ExpirePlan {
  std::vector<RetainedSource> sources;  // by their names
  std::vector<DamagedManifest> damaged;
};

// Of the sources that `source` names; an empty part of it is any. Errors: those of Repository::manifests.
Result<ExpirePlan> plan_expiry(repo::Repository& repository, const Source& source, std::stop_token stop);
// The same for manifests that were read already.
std::vector<RetainedSource> retained(std::vector<Manifest> snapshots, const Policies& policies);

// Removes what goes. `us` is who does it. Snapshots that are gone already are passed over. The number removed.
Result<std::size_t> expire(repo::Repository& repository, const ExpirePlan& plan, const Source& us, Clock& clock,
                           Rng& rng, std::stop_token stop);

// For who saves a snapshot: what goes of its source once `saved` is there, too. The removals are written to `contents`,
// and hold with its flush. How many go; `damage` tells why none can, when the policy cannot be read.
Result<std::size_t> remove_expired(repo::Repository& repository, repo::ContentWriter& contents, const Manifest& saved,
                                   Clock& clock, std::string& damage, std::stop_token stop);

}  // namespace salvor::snapshot
