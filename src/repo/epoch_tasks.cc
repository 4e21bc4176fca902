#include "repo/epoch_tasks.h"

#include <algorithm>

#include "repo/blob_id.h"
#include "repo/merged_set.h"
#include "repo/pack_collector.h"
#include "repo/saturating.h"

namespace salvor::repo {
namespace {

Error too_old() {
  return Error(Code::conflict, "what was known of the indexes got too old before they could be changed")
      .hint("The storage is very slow, or this computer's clock jumps. Run maintenance again.");
}

Result<> put_while_valid(const EpochWork& work, const EpochState& state, const std::string& id, ByteView bytes,
                         std::stop_token stop) {
  if (!state.is_valid(work.clock.now())) return too_old();
  return work.repository.blobs().put(id, bytes, store::Exists::replace, std::move(stop));
}

Result<std::shared_ptr<const IndexView> > fresh_view(const EpochWork& work, std::stop_token stop) {
  TRY(work.repository.refresh(std::move(stop)));
  return work.repository.indexes();
}

CountSum sum_of_blobs(std::span<const BlobMetadata> blobs) {
  CountSum sum;
  for (const BlobMetadata& blob : blobs) sum.add(blob.size);
  return sum;
}

Result<> merge(const EpochWork& work, const IndexView& view, const MergePlan& plan, std::stop_token stop) {
  const MergedIndex merged = TRY(view.merged(plan.inputs));
  return write_merged_set(
      work.repository.format().config, merged, {plan.kind, plan.first, plan.last}, work.rng,
      [&](const std::string& id, ByteView bytes) { return put_while_valid(work, view.epochs(), id, bytes, stop); });
}

Result<> remove_while_valid(const EpochWork& work, const EpochState& state, const std::vector<BlobMetadata>& blobs,
                            std::stop_token stop) {
  if (!work.writes || blobs.empty()) return {};
  if (work.before_removing) TRY(work.before_removing());
  if (!state.is_valid(work.clock.now())) return too_old();
  return remove_blobs(work.repository.blobs(), blobs, std::move(stop));
}

}  // namespace

Result<TaskStats> compact_one_epoch(const EpochWork& work, std::stop_token stop) {
  const auto view = TRY(fresh_view(work, stop));
  const auto plan = next_compaction(view->epochs());
  if (!plan) return TaskStats{};
  if (work.writes) TRY(merge(work, *view, *plan, std::move(stop)));
  TaskStats stats{"compactSingleEpochStats", {}};
  const CountSum inputs = sum_of_blobs(plan->inputs);
  stats.add("supersededIndexBlobCount", inputs.count);
  stats.add("supersededIndexTotalSize", inputs.bytes);
  stats.add_signed("epoch", plan->first);
  return stats;
}

Result<TaskStats> advance_epoch(const EpochWork& work, std::stop_token stop) {
  const auto view = TRY(fresh_view(work, stop));
  const EpochState& state = view->epochs();
  const bool advances = should_advance(state, work.repository.format().config.epoch_parameters);
  if (advances && work.writes) {
    TRY(put_while_valid(work, state, next_epoch_marker(state), as_bytes(kEpochMarkerBody), std::move(stop)));
  }
  TaskStats stats{"advanceEpochStats", {}};
  stats.add_signed("currentEpoch", state.write_epoch + (advances ? 1 : 0));
  stats.add_flag("wasAdvanced", advances);
  return stats;
}

Result<TaskStats> merge_epochs(const EpochWork& work, std::stop_token stop) {
  const auto view = TRY(fresh_view(work, stop));
  const auto plan = next_range(view->epochs(), work.repository.format().config.epoch_parameters);
  if (!plan) return TaskStats{};
  if (work.writes) TRY(merge(work, *view, *plan, std::move(stop)));
  TaskStats stats{"generateRangeCheckpointStats", {}};
  stats.add_signed("rangeMinEpoch", plan->first);
  stats.add_signed("rangeMaxEpoch", plan->last);
  return stats;
}

Result<TaskStats> remove_old_markers(const EpochWork& work, std::stop_token stop) {
  const auto view = TRY(fresh_view(work, stop));
  const auto old = superseded_markers(view->epochs(), work.repository.format().config.epoch_parameters);
  TRY(remove_while_valid(work, view->epochs(), old, std::move(stop)));
  const auto is_watermark = [](const BlobMetadata& blob) { return blob.id.starts_with(kWatermarkPrefix); };
  const auto watermarks = static_cast<std::uint64_t>(std::ranges::count_if(old, is_watermark));
  TaskStats stats{"cleanupMarkersStats", {}};
  stats.add("deletedEpochMarkerBlobCount", old.size() - watermarks);
  stats.add("deletedWatermarkBlobCount", watermarks);
  return stats;
}

Result<TaskStats> remove_superseded_indexes(const EpochWork& work, std::stop_token stop) {
  const auto view = TRY(fresh_view(work, stop));
  const EpochParameters& parameters = work.repository.format().config.epoch_parameters;
  const auto old = superseded_indexes(view->epochs(), parameters);
  TRY(remove_while_valid(work, view->epochs(), old, std::move(stop)));
  Time newest{};  // by which stock tells what time it is
  for (const auto& [epoch, blobs] : view->epochs().indexes) {
    for (const BlobMetadata& blob : blobs) newest = std::max(newest, blob.modified);
  }
  const CountSum removed = sum_of_blobs(old);
  TaskStats stats{"cleanupSupersededIndexesStats", {}};
  stats.add_time("maxReplacementTime", sum_of(newest, -parameters.cleanup_safety_margin));
  stats.add("deletedBlobCount", removed.count);
  stats.add("deletedTotalSize", removed.bytes);
  return stats;
}

Result<TaskStats> drop_deleted(const EpochWork& work, Time until, std::stop_token stop) {
  const auto view = TRY(fresh_view(work, stop));
  const auto id = next_watermark(view->epochs(), until);
  if (!id) return TaskStats{};
  if (work.writes) TRY(put_while_valid(work, view->epochs(), *id, as_bytes(kWatermarkBody), std::move(stop)));
  TaskStats stats{"compactIndexesStats", {}};
  stats.add_time("droppedContentsDeletedBefore", until);
  return stats;
}

}  // namespace salvor::repo
