// Planning one kind: the archive's objects and the live ones joined by namespace and name.
#pragma once

#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "restore/plan.h"
#include "restore/prepare.h"
#include "restore/scope.h"

namespace salvor::restore {

// What the planning of every kind shares.
struct Ground {
  const Request& request;
  const archive::Archive& archive;
  Cluster& cluster;
  const Scope& scope;
  const Preparer& preparer;
  const std::set<std::string>& live_targets;  // namespaces in the cluster that the restore writes into and that exist
  const std::size_t live_namespaces;          // how many the cluster has
  const bool list_extras;
  Guarded<std::vector<std::string>>& unknowns;
  std::stop_token stop;
};

// Fills `out.entries` and `out.owned_extras`; the rest of `out` is set by the caller. `digester` belongs to this call.
// A LIST that fails is one of ground.unknowns, any other error ends the plan.
Result<> plan_kind(const Ground& ground, Digester digester, const ScopedKind& kind, PlannedKind& out);

}  // namespace salvor::restore
