// apply: does what a plan says, and survives being interrupted.
//
// Kinds are written one after another in the plan's order, the objects of a kind by many workers at once. The archive
// is read in its own order into a queue bounded in bytes. An object that the plan creates is created without looking
// first; when it turns out to exist it is compared then. Objects that are refused for a reason that time may cure (a
// webhook whose pods are not up, a namespace or definition that is not there yet, a conflict, an API that does not
// answer) wait for the passes at the end.
//
// Interrupted at any instant, the same restore run again ends in the same state: every object that it wrote carries its
// label and equals what it would write, and the steps after a creation (status, ServiceAccount merge) repeat
// harmlessly.
#pragma once

#include <atomic>
#include <cstdint>
#include <stop_token>
#include <vector>

#include "backup/results.h"
#include "base/clock.h"
#include "restore/plan.h"

namespace salvor::restore {

struct ApplyOptions {
  unsigned workers = 32;
  std::size_t queue_bytes = 16 << 20;
  unsigned passes = 6;                                     // after the first; waits between them double from one second
  Duration namespace_timeout = std::chrono::minutes(10);   // for a terminating namespace to be gone
  Duration definition_timeout = std::chrono::minutes(10);  // for a CRD to be established
  Duration server_timeout = std::chrono::minutes(10);      // for an API server that went away to come back
  bool managed_fields = true;                              // give back the backup's record of who owns which field
};

// Read by whoever shows progress, while apply() runs.
struct Progress {
  std::atomic<std::uint64_t> planned{0};  // objects to look at
  std::atomic<std::uint64_t> done{0};     // looked at, whatever came of it
  std::atomic<std::uint64_t> created{0}, updated{0}, unchanged{0}, skipped{0}, failed{0};
  std::atomic<std::uint64_t> waiting{0};  // put off to a later pass
};

// What was written, for the restore's resource list: "v1/Secret" to "team/db (created)".
struct Written {
  std::string api_version, kind, ns, name;
  std::string_view what;  // created, updated, failed, skipped
};

// Errors of single objects go to `results`. The returned Error is one that makes going on pointless: credentials
// refused, an archive that cannot be read, a server that stays away, a requested stop.
Result<std::vector<Written>> apply(const Plan& plan, const Request& request, const archive::Archive& archive,
                                   Cluster& cluster, Clock& clock, const ApplyOptions& options,
                                   backup::Results& results, Progress& progress, const Log& log, std::stop_token stop);

}  // namespace salvor::restore
