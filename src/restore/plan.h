// Plan: what a restore will do, object by object, before it does anything.
//
// It is a plain value: printed, saved, compared, and handed to apply(), which does what it says and nothing else.
//
// Making one costs one pass over the archive and one LIST per kind. Both sides are reduced to digests and joined by
// namespace and name, so memory grows with the number of names and not with the objects; only objects that differ are
// read a second time, for the list of their differences.
#pragma once

#include <array>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "archive/archive.h"
#include "base/log.h"
#include "base/rng.h"
#include "restore/cluster.h"
#include "restore/compare.h"
#include "restore/request.h"

namespace salvor::restore {

enum class Action {
  create,     // not there: it is created
  unchanged,  // there, and restoring it would change nothing
  differs,    // there and different: left alone, with a warning
  update,     // there and different: patched
  skip,       // in the backup, not restored; the reason says why
  extra,      // there, and not in the backup: left alone
};
inline constexpr std::size_t kActions = 6;
std::string_view to_string(Action action);

struct Entry {
  std::string ns;  // in the backup; for `extra` in the cluster
  std::string name;
  Action action = Action::create;
  std::string reason;   // for skip, and where an action needs a word
  bool exists = false;  // skipped, and in the cluster, where it stays as it is
  bool broken = false;  // skipped because the backup's text cannot be used; applying reports it as an error
  std::vector<FieldChange> changes;
};

using Counts = std::array<std::uint64_t, kActions>;

struct PlannedKind {
  archive::Section section;        // of the archive; its `objects` is 0 for kinds that only exist live
  kube::Resource resource;         // where its objects are written
  bool served = true;              // false: the cluster does not offer it (yet)
  std::vector<Entry> entries;      // by namespace and name
  std::uint64_t owned_extras = 0;  // extras that a controller or the API server keeps; counted, not listed

  Counts counts() const;
};

struct PlannedWarning {
  std::string ns;
  std::string message;
};

struct Plan {
  std::string restore, backup;
  ExistingPolicy policy = ExistingPolicy::none;
  std::map<std::string, std::string> namespace_mapping;
  std::vector<PlannedKind> kinds;        // in the order of their restore; kinds that only exist live come last
  std::vector<PlannedWarning> warnings;  // about the backup: needed objects that it does not hold
  std::vector<std::string> unknowns;     // what only the attempt will tell
  RuleContext rules;                     // the rules' context as the plan found it
  std::vector<std::string> status_resources;

  Counts counts() const;
  // True when applying would write nothing.
  bool nothing_to_do() const;
};

struct PlanOptions {
  unsigned lanes = 2;       // kinds that are listed and compared at a time
  bool list_extras = true;  // look for what is live but not in the backup, also among kinds that the backup lacks
};

Result<Plan> make_plan(const Request& request, const archive::Archive& archive, Cluster& cluster, Rng& rng,
                       const PlanOptions& options, const Log& log, std::stop_token stop);

// For people: a table of kinds and counts, then what is not plain creation, then what the plan cannot know.
std::string print_plan(const Plan& plan, bool every_object);
Json to_json(const Plan& plan);

}  // namespace salvor::restore
