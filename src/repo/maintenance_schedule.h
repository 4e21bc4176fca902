// kopia.maintenance: when a repository is to be maintained next, and what its maintenance did. Stock reads it for
// `kopia maintenance info`, and both decide by it what may be done now (maintenance_safety.h).
//
//   {"nextFullMaintenance":"...","nextQuickMaintenance":"...",
//    "runs":{"snapshot-gc":[{"start":"...","end":"...","success":true,"extra":[{"kind":"...","data":{...}}]}]}}
//
// Sealed as nonce(12) ciphertext tag(16), AES-256-GCM with a key for this alone and "maintenance" as associated data.
// The blob is read, changed and written without a lock; who runs maintenance looks whether it still is the one that it
// wrote (maintenance_turn.h).
//
// Kopia: repo/maintenance/maintenance_schedule.go.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/rng.h"
#include "repo/repository_format.h"

namespace salvor::repo {

// Tasks by the names that stock gives them.
inline constexpr std::string_view kSnapshotGcTask = "snapshot-gc";
inline constexpr std::string_view kRewriteTask = "full-rewrite-contents", kQuickRewriteTask = "quick-rewrite-contents";
inline constexpr std::string_view kDropTask = "full-drop-deleted-content";
inline constexpr std::string_view kDeleteBlobsTask = "full-delete-blobs", kQuickDeleteBlobsTask = "quick-delete-blobs";
inline constexpr std::string_view kExtendRetentionTask = "extend-blob-retention-time";
inline constexpr std::string_view kCompactEpochTask = "compact-single-epoch", kAdvanceEpochTask = "advance-epoch";
inline constexpr std::string_view kRangeTask = "generate-epoch-range-index";
inline constexpr std::string_view kMarkersTask = "cleanup-epoch-markers";
inline constexpr std::string_view kSupersededTask = "delete-superseded-epoch-indexes";
inline constexpr std::string_view kLogsTask = "cleanup-logs";

// One time that a task ran.
struct TaskRun {
  Time start{}, end{};
  bool success = false;
  std::string error = {};
  std::string extra = {};    // what it did: a JSON list of {"kind","data"}; empty when nothing is said
  std::string unknown = {};  // members of newer versions, see json_fields.h

  bool operator==(const TaskRun&) const = default;
};

struct MaintenanceSchedule {
  Time next_full = Time::min(), next_quick = Time::min();          // Time::min(): never set
  std::map<std::string, std::vector<TaskRun>, std::less<> > runs;  // by task, newest first
  std::string unknown;

  // Puts it in front, and forgets what is older than stock keeps.
  void add_run(std::string_view task, TaskRun run);
  // Empty for a task that never ran.
  const std::vector<TaskRun>& runs_of(std::string_view task) const;

  bool operator==(const MaintenanceSchedule&) const = default;
};

// `corrupt` when it is no such text.
Result<MaintenanceSchedule> parse_maintenance_schedule(std::string_view json);
std::string encode(const MaintenanceSchedule& schedule);

// The blob and back. `corrupt` when it is damaged, or another repository's.
Result<MaintenanceSchedule> open_maintenance_schedule(const RepositoryFormat& format, ByteView sealed);
Bytes seal(const RepositoryFormat& format, const MaintenanceSchedule& schedule, Rng& rng);

}  // namespace salvor::repo
