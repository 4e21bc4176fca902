#include "snapshot/maintain.h"

#include <algorithm>
#include <utility>

#include "base/units.h"
#include "repo/content_mover.h"
#include "repo/epoch_tasks.h"
#include "repo/extend_retention.h"
#include "repo/log_cleanup.h"
#include "repo/pack_collector.h"
#include "repo/saturating.h"
#include "repo/short_packs.h"

namespace salvor::snapshot {

namespace {

using repo::CountSum;
using repo::EpochWork;
using repo::MaintenanceMode;
using repo::MaintenanceTurn;
using repo::TaskStats;
using State = MaintainedTask::State;

std::string counted(const CountSum& sum, std::string_view noun) {
  return std::to_string(sum.count) + " " + std::string(noun) + (sum.count == 1 ? "" : "s") + " (" +
         format_bytes(sum.bytes) + ")";
}

std::int64_t number_of(const TaskStats& stats, std::string_view name) {
  for (const auto& [key, value] : stats.values) {
    if (key == name && std::holds_alternative<std::int64_t>(value)) return std::get<std::int64_t>(value);
  }
  return 0;
}

CountSum sum_in(const TaskStats& stats, std::string_view count, std::string_view bytes) {
  return {static_cast<std::uint64_t>(number_of(stats, count)), static_cast<std::uint64_t>(number_of(stats, bytes))};
}

class Run {
 public:
  Run(repo::Repository& repository, const MaintainRequest& request, MaintenanceTurn& turn, Clock& clock, Rng& rng,
      const Problem& problem, std::stop_token stop)
      : repository_(repository),
        request_(request),
        safety_(request.safety),
        turn_(turn),
        clock_(clock),
        rng_(rng),
        problem_(problem),
        stop_(std::move(stop)),
        epochs_{
            .repository = repository, .clock = clock, .rng = rng, .writes = turn.writes(), .before_removing = [this] {
              return turn_.check_still_ours(stop_);
            }} {}

  Result<Maintained> quick() {
    TRY(compact_and_advance());
    TRY(count_deleted());
    return std::move(done_);
  }

  Result<Maintained> full() {
    TRY(garbage());
    TRY(rewrite());
    TRY(drop());
    TRY(packs());
    TRY(retention());
    TRY(compact_and_advance());
    TRY(index_range());
    TRY(old_markers());
    TRY(superseded());
    TRY(logs());
    TRY(count_deleted());
    return std::move(done_);
  }

 private:
  void note(std::string_view name, State state, std::string says, TaskStats stats = {}) {
    done_.tasks.push_back({std::string(name), state, std::move(says), std::move(stats)});
  }

  Result<> garbage() {
    Garbage found;
    const TaskStats stats = TRY(turn_.report(
        repo::kSnapshotGcTask,
        [&]() -> Result<TaskStats> {
          found = TRY(collect_garbage(repository_, turn_, safety_, request_.garbage, clock_, rng_, problem_, stop_));
          return stats_of(found);
        },
        stop_));
    std::string says = std::to_string(found.snapshots) + " snapshots with " + std::to_string(found.directories) +
                       " directories use " + counted(found.in_use, "content") + "; " +
                       counted(found.newly_deleted, "content") + " marked as deleted";
    if (found.too_young.count > 0) says += ", " + counted(found.too_young, "unused content") + " too young";
    if (found.recovered.count > 0) says += ", " + counted(found.recovered, "content") + " brought back";
    note(repo::kSnapshotGcTask, State::done, std::move(says), stats);
    return {};
  }

  Result<> rewrite() {
    if (!repo::may_rewrite(turn_.schedule(), safety_)) {
      note(repo::kRewriteTask, State::put_off, "packs that were emptied before are removed first");
      return {};
    }
    // Looked at first: a move that moves nothing would put off the removal of packs.
    TRY(repository_.refresh(stop_));
    repo::Rewritten found = TRY(repo::rewrite_short_packs(repository_, nullptr, safety_, turn_.started(), stop_));
    if (found.to_move.count == 0) {
      note(repo::kRewriteTask, State::nothing_to_do, "no short packs to empty", stats_of(found));
      return {};
    }
    const auto move = [&]() -> Result<TaskStats> {
      const repo::MaintenanceCaller& caller = request_.garbage.caller;
      auto mover = TRY(repo::ContentMover::create(repository_, caller.user, caller.host, clock_, rng_));
      found = TRY(repo::rewrite_short_packs(repository_, &mover, safety_, turn_.started(), stop_));
      TRY(mover.finish(stop_));
      return stats_of(found);
    };
    TaskStats stats = stats_of(found);
    if (turn_.writes()) stats = TRY(turn_.report(repo::kRewriteTask, move, stop_));
    for (const std::string& what : found.problems) problem_(what, Error(Code::corrupt, "left in its pack"));
    done_.damaged += found.damaged.count;
    note(repo::kRewriteTask, State::done,
         counted(turn_.writes() ? found.moved : found.to_move, "content") + " moved out of short packs", stats);
    return {};
  }

  Result<> drop() {
    const auto until = repo::safe_drop_time(turn_.schedule().runs_of(repo::kSnapshotGcTask), safety_, clock_.now());
    if (!until) {
      note(repo::kDropTask, State::put_off, "deleted contents are dropped after a second collection, 4 hours later");
      return {};
    }
    const TaskStats stats =
        TRY(turn_.report(repo::kDropTask, [&] { return repo::drop_deleted(epochs_, *until, stop_); }, stop_));
    if (stats.kind.empty()) {
      note(repo::kDropTask, State::nothing_to_do, "what was deleted until then is dropped already");
    } else {
      note(repo::kDropTask, State::done, "contents that were deleted until " + format_rfc3339(*until) + " are dropped",
           stats);
    }
    return {};
  }

  Result<> packs() {
    const Time from = repo::packs_may_go_from(turn_.schedule(), safety_);
    if (clock_.now() < from) {
      note(repo::kDeleteBlobsTask, State::put_off,
           "contents were moved just now: packs may be removed from " + format_rfc3339(from) + " on");
      return {};
    }
    repo::CollectedPacks found;
    const auto collect = [&]() -> Result<TaskStats> {
      found = TRY(repo::collect_packs(
          repository_, safety_,
          {.started = turn_.started(), .removes = turn_.writes(), .before_removing = epochs_.before_removing}, stop_));
      return stats_of(found);
    };
    const TaskStats stats = TRY(turn_.report(repo::kDeleteBlobsTask, collect, stop_));
    const CountSum& gone = turn_.writes() ? found.removed : found.unneeded;
    done_.young_packs = found.too_young;
    done_.first_young_at = found.first_free_at;
    done_.last_young_at = found.all_free_at;
    done_.freed.count += gone.count;
    done_.freed.bytes += gone.bytes;
    std::string says = counted(gone, "pack") + " removed";
    if (found.too_young.count > 0) says += ", " + counted(found.too_young, "unneeded pack") + " too young";
    if (found.of_sessions.count > 0) says += ", " + counted(found.of_sessions, "pack") + " of sessions that may live";
    note(repo::kDeleteBlobsTask, gone.count > 0 ? State::done : State::nothing_to_do, std::move(says), stats);
    return {};
  }

  Result<> retention() {
    const repo::BlobConfig& config = repository_.format().blob_config;
    if (!turn_.parameters().extend_object_locks || !config.is_retention_enabled()) return {};
    const auto work = turn_.writes() ? repo::RetentionWork::extend : repo::RetentionWork::look;
    const TaskStats stats = TRY(turn_.report(
        repo::kExtendRetentionTask,
        [&] { return repo::extend_retention(repository_.blobs(), config.retention(), work, stop_); }, stop_));
    note(repo::kExtendRetentionTask, State::done,
         "the locks of " + std::to_string(number_of(stats, "toExtendBlobCount")) + " blobs hold for " +
             format_go_duration(config.retention_period) + " from now on",
         stats);
    return {};
  }

  Result<> compact_and_advance() {
    TaskStats stats =
        TRY(turn_.report(repo::kCompactEpochTask, [&] { return repo::compact_one_epoch(epochs_, stop_); }, stop_));
    if (stats.kind.empty()) {
      note(repo::kCompactEpochTask, State::nothing_to_do, "no settled epoch waits for merging");
    } else {
      const CountSum merged = sum_in(stats, "supersededIndexBlobCount", "supersededIndexTotalSize");
      note(repo::kCompactEpochTask, State::done,
           counted(merged, "index blob") + " of epoch " + std::to_string(number_of(stats, "epoch")) + " merged", stats);
    }
    stats = TRY(turn_.report(repo::kAdvanceEpochTask, [&] { return repo::advance_epoch(epochs_, stop_); }, stop_));
    const bool advanced = std::get<bool>(stats.values.back().second);
    const std::string epoch = std::to_string(number_of(stats, "currentEpoch"));
    note(repo::kAdvanceEpochTask, advanced ? State::done : State::nothing_to_do,
         advanced ? "epoch " + epoch + " begins" : "epoch " + epoch + " goes on", stats);
    return {};
  }

  Result<> index_range() {
    const TaskStats stats =
        TRY(turn_.report(repo::kRangeTask, [&] { return repo::merge_epochs(epochs_, stop_); }, stop_));
    if (stats.kind.empty()) {
      note(repo::kRangeTask, State::nothing_to_do, "not enough settled epochs for a range");
    } else {
      note(repo::kRangeTask, State::done,
           "epochs " + std::to_string(number_of(stats, "rangeMinEpoch")) + " to " +
               std::to_string(number_of(stats, "rangeMaxEpoch")) + " merged",
           stats);
    }
    return {};
  }

  Result<> old_markers() {
    const TaskStats stats =
        TRY(turn_.report(repo::kMarkersTask, [&] { return repo::remove_old_markers(epochs_, stop_); }, stop_));
    const std::int64_t epochs = number_of(stats, "deletedEpochMarkerBlobCount");
    const std::int64_t watermarks = number_of(stats, "deletedWatermarkBlobCount");
    note(repo::kMarkersTask, epochs + watermarks > 0 ? State::done : State::nothing_to_do,
         std::to_string(epochs) + " markers of epochs and " + std::to_string(watermarks) + " watermarks removed",
         stats);
    return {};
  }

  Result<> superseded() {
    const TaskStats stats = TRY(
        turn_.report(repo::kSupersededTask, [&] { return repo::remove_superseded_indexes(epochs_, stop_); }, stop_));
    take_freed(repo::kSupersededTask, sum_in(stats, "deletedBlobCount", "deletedTotalSize"), "merged index blob",
               stats);
    return {};
  }

  Result<> logs() {
    const auto mode = turn_.writes() ? repo::LogCleanup::remove : repo::LogCleanup::look;
    const auto clean = [&] {
      return repo::clean_logs(repository_.blobs(), turn_.parameters().log_retention, turn_.started(), mode, stop_);
    };
    const TaskStats stats = TRY(turn_.report(repo::kLogsTask, clean, stop_));
    take_freed(repo::kLogsTask, sum_in(stats, "toDeleteBlobCount", "toDeleteBlobSize"), "log", stats);
    return {};
  }

  void take_freed(std::string_view task, const CountSum& gone, std::string_view noun, const TaskStats& stats) {
    done_.freed.count += gone.count;
    done_.freed.bytes += gone.bytes;
    note(task, gone.count > 0 ? State::done : State::nothing_to_do, counted(gone, noun) + " removed", stats);
  }

  // What is marked as deleted now, and when runs as often as planned have dropped it: one that begins an hour after the
  // marking, and one more than four hours behind that.
  Result<> count_deleted() {
    TRY(repository_.refresh(stop_));
    const auto view = repository_.indexes();
    repo::MergedIndex::Stream stream = view->contents().all();
    while (const auto entry = TRY(stream.next())) {
      if (entry->deleted) done_.deleted.add(entry->packed_length);
    }
    const Duration every = turn_.parameters().full.interval;
    const Time second = repo::sum_of(turn_.started(), std::max(every, safety_.drop_extra_margin));
    done_.deleted_free_at = repo::sum_of(second, std::max(every, safety_.between_collections));
    return {};
  }

  repo::Repository& repository_;
  const MaintainRequest& request_;
  const repo::MaintenanceSafety& safety_;
  MaintenanceTurn& turn_;
  Clock& clock_;
  Rng& rng_;
  const Problem& problem_;
  const std::stop_token stop_;
  const EpochWork epochs_;
  Maintained done_;
};

}  // namespace

std::string_view to_string(MaintainedTask::State state) {
  switch (state) {
    case State::done: return "done";
    case State::nothing_to_do: return "nothing to do";
    case State::put_off: return "put off";
  }
  return "done";
}

Result<Maintained> maintain(repo::Repository& repository, const MaintainRequest& request, Clock& clock, Rng& rng,
                            const Problem& problem, std::stop_token stop) {
  MaintenanceTurn turn = TRY(
      request.only_looks ? MaintenanceTurn::look(repository, clock, rng, stop)
                         : MaintenanceTurn::begin(repository, request.garbage.caller, request.mode, clock, rng, stop));
  Run run(repository, request, turn, clock, rng, problem, std::move(stop));
  return request.mode == MaintenanceMode::full ? run.full() : run.quick();
}

}  // namespace salvor::snapshot
