#include "repo/maintenance_safety.h"

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <vector>

#include "repo/saturating.h"

namespace salvor::repo {
namespace {

enum class Ended { well, anyhow };

// Time::min() when none did.
Time latest_end(const MaintenanceSchedule& schedule, std::initializer_list<std::string_view> tasks, Ended ended) {
  Time latest = Time::min();
  for (const std::string_view task : tasks) {
    for (const TaskRun& run : schedule.runs_of(task)) {
      if (run.success || ended == Ended::anyhow) latest = std::max(latest, run.end);
    }
  }
  return latest;
}

Duration from_to(Time from, Time to) { return difference_of(to.time_since_epoch(), from.time_since_epoch()); }

}  // namespace

std::optional<Time> safe_drop_time(std::span<const TaskRun> collections, const MaintenanceSafety& safety, Time now) {
  if (!safety.two_collections) return now;
  std::vector<const TaskRun*> good;
  for (const TaskRun& run : collections) {
    if (run.success) good.push_back(&run);
  }
  std::ranges::sort(good, std::greater(), &TaskRun::start);
  for (std::size_t i = 1; i < good.size(); ++i) {
    if (from_to(good[i]->end, good[0]->start) > safety.between_collections) {
      return sum_of(good[i]->start, -safety.drop_extra_margin);
    }
  }
  return std::nullopt;
}

bool may_rewrite(const MaintenanceSchedule& schedule, const MaintenanceSafety& safety) {
  const Time rewritten = latest_end(schedule, {kRewriteTask}, Ended::anyhow);
  if (rewritten == Time::min() || safety.rewrite_to_deletion == Duration::zero()) return true;
  return latest_end(schedule, {kDeleteBlobsTask, kQuickDeleteBlobsTask}, Ended::well) >= rewritten;
}

Time packs_may_go_from(const MaintenanceSchedule& schedule, const MaintenanceSafety& safety) {
  const Time rewritten = latest_end(schedule, {kRewriteTask, kQuickRewriteTask}, Ended::anyhow);
  return rewritten == Time::min() ? rewritten : sum_of(rewritten, safety.rewrite_to_deletion);
}

}  // namespace salvor::repo
