// What maintenance may do when: how long everybody else is given to see, and to undo, what it did before.
//
// Others write while it runs, from views of the indexes that are up to 15 minutes old, and what they saved becomes
// known only when they flush. So nothing goes at once:
//   - a content that no snapshot uses is marked as deleted when it is a day old, and its bytes stay;
//   - a later garbage collection that finds it in use again, by a snapshot that was being written meanwhile, brings it
//     back. Only what two collections more than four hours apart have left marked is dropped for good;
//   - a pack goes when no index names it, it is a day old, and its writer's session is over or long silent; and not
//     within an hour after contents were moved out of packs, because who still has the old indexes reads there.
// With `none` all of this is off: right only when nobody else uses the repository, and meant for tests.
//
// Kopia: repo/maintenance/maintenance_safety.go, maintenance_run.go.
#pragma once

#include <optional>
#include <span>

#include "repo/maintenance_schedule.h"

namespace salvor::repo {

struct MaintenanceSafety {
  Duration rewrite_min_age{};      // of a content that is moved to another pack
  Duration content_min_age{};      // of a content that is marked as deleted
  Duration between_collections{};  // from the end of one garbage collection to the start of another
  Duration drop_extra_margin{};    // before the earlier of the two
  Duration pack_min_age{};         // of a pack that is removed
  Duration session_expiration{};   // until a session that says nothing is over
  Duration rewrite_to_deletion{};  // from moving contents to removing packs
  bool two_collections = false;
};

inline constexpr MaintenanceSafety kFullSafety{.rewrite_min_age = std::chrono::hours(2),
                                               .content_min_age = std::chrono::hours(24),
                                               .between_collections = std::chrono::hours(4),
                                               .drop_extra_margin = std::chrono::hours(1),
                                               .pack_min_age = std::chrono::hours(24),
                                               .session_expiration = std::chrono::hours(96),
                                               .rewrite_to_deletion = std::chrono::hours(1),
                                               .two_collections = true};
inline constexpr MaintenanceSafety kNoSafety{};

// Entries that were deleted until then may be dropped; nothing when it is too early for any. `collections` are the runs
// of kSnapshotGcTask in any order.
std::optional<Time> safe_drop_time(std::span<const TaskRun> collections, const MaintenanceSafety& safety, Time now);

// Whether contents may be moved: not before the packs that an earlier move emptied had their turn to be removed,
// because each move puts that off.
bool may_rewrite(const MaintenanceSchedule& schedule, const MaintenanceSafety& safety);

// From when on packs may be removed; Time::min() when nothing stands against it. A move that failed may have moved
// some.
Time packs_may_go_from(const MaintenanceSchedule& schedule, const MaintenanceSafety& safety);

}  // namespace salvor::repo
