// Maintaining a repository: the tasks of a quick or a full run in stock's order, each written down in
// kopia.maintenance, and what they freed.
//
//   quick   merge the indexes of one epoch, begin a new one
//   full    collect garbage (garbage.h) ─▶ empty short packs ─▶ drop what was deleted long ago ─▶ remove packs
//           ─▶ extend locks ─▶ as quick, and more of the same for indexes ─▶ old logs
//
// A run that ends at any point, by a fault or a crash, leaves every snapshot whole, and the next one goes on. Whatever
// is put off because it may be needed still is told with the time from which on it may go.
//
// [kopia repo/maintenance/maintenance_run.go, snapshot/snapshotmaintenance]
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "repo/maintenance_turn.h"
#include "repo/task_stats.h"
#include "snapshot/garbage.h"

namespace salvor::snapshot {

struct MaintainRequest {
  repo::MaintenanceMode mode = repo::MaintenanceMode::quick;
  repo::MaintenanceSafety safety = repo::kFullSafety;
  bool only_looks = false;  // nothing is written, and what would be done is told
  GarbageOptions garbage;   // with who we are
};

struct MaintainedTask {
  enum class State { done, nothing_to_do, put_off };
  std::string name;  // as stock calls it
  State state = State::done;
  std::string says;  // a sentence for people, without names from outside
  repo::TaskStats stats;
};
std::string_view to_string(MaintainedTask::State state);

struct Maintained {
  std::vector<MaintainedTask> tasks;
  std::uint64_t damaged = 0;  // things that were met, told, and left as they are
  repo::CountSum freed;       // blobs that were removed
  // Packs that nothing needs and that are too young, and when the first and the last of them may go.
  repo::CountSum young_packs;
  Time first_young_at{}, last_young_at{};
  // Contents that are marked as deleted, and when full runs as often as planned have freed them.
  repo::CountSum deleted;
  Time deleted_free_at{};
};

// Errors: those of MaintenanceTurn::begin; those of the first task that failed, after which none is begun.
Result<Maintained> maintain(repo::Repository& repository, const MaintainRequest& request, Clock& clock, Rng& rng,
                            const Problem& problem, std::stop_token stop);

}  // namespace salvor::snapshot
