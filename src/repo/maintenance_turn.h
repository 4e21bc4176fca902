// MaintenanceTurn: the right to maintain a repository, from its beginning to its end, and the record of what was done.
//
// It is given to the owner only (maintenance_parameters.h). Stock knows no lock between computers, and so there is none
// here; but whoever begins writes kopia.maintenance, and so does every task that ends. The turn is over when that blob
// is no longer the one that it wrote last: somebody else maintains, and of what he does nothing is known here. It is
// over too when kopia.repository changes, because a new password, an upgrade or new parameters may forbid what comes
// next.
//
// Beginning also tells what time it is in the storage: from the blob that was just written. All ages of blobs and of
// contents are taken from there, and when this computer's clock is more than five minutes off, maintenance does not
// run.
//
// Kopia: repo/maintenance/maintenance_run.go RunExclusive, maintenance_schedule.go ReportRun.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "repo/maintenance_parameters.h"
#include "repo/maintenance_schedule.h"
#include "repo/task_stats.h"

namespace salvor::repo {

enum class MaintenanceMode { quick, full };

struct MaintenanceCaller {
  std::string user, host;
  std::string name() const { return user + "@" + host; }
};

class MaintenanceTurn {
 public:
  static constexpr Duration kMostClockSkew = std::chrono::minutes(5);

  // Puts off the next runs, as stock does first of all, and reads the indexes anew. The repository, clock and rng must
  // outlive it. Errors: `denied` when somebody else is the owner, `invalid` when the clocks are apart, `unsupported`
  // for a repository of format 1, `corrupt` for a damaged schedule.
  static Result<MaintenanceTurn> begin(Repository& repository, const MaintenanceCaller& caller, MaintenanceMode mode,
                                       Clock& clock, Rng& rng, std::stop_token stop);
  // To look only: nothing is written, and the owner does not matter. Started now, by this computer's clock.
  static Result<MaintenanceTurn> look(Repository& repository, Clock& clock, Rng& rng, std::stop_token stop);

  Time started() const { return started_; }  // by the store's clock
  bool writes() const { return writes_; }
  const MaintenanceParameters& parameters() const { return parameters_; }
  const MaintenanceSchedule& schedule() const { return schedule_; }

  // `conflict` when somebody else has begun, or the repository's format has changed. Before anything is taken away.
  Result<> check_still_ours(std::stop_token stop);

  using Task = std::function<Result<TaskStats>()>;
  // Runs it and writes down how it went. Errors: the task's, and those of check_still_ours.
  Result<TaskStats> report(std::string_view name, const Task& task, std::stop_token stop);

 private:
  MaintenanceTurn(Repository& repository, Clock& clock, Rng& rng)
      : repository_(&repository), clock_(&clock), rng_(&rng) {}
  Result<> read(std::stop_token stop);
  Result<> write(std::stop_token stop);

  Repository* repository_;
  Clock* clock_;
  Rng* rng_;
  bool writes_ = false;
  Time started_{};
  MaintenanceParameters parameters_;
  MaintenanceSchedule schedule_;
  Bytes written_;  // kopia.maintenance as it was read or written last; empty when it was not there
};

}  // namespace salvor::repo
