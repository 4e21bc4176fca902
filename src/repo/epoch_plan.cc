#include "repo/epoch_plan.h"

#include <algorithm>
#include <utility>

namespace salvor::repo {
namespace {

Time newest(std::span<const BlobMetadata> blobs) {
  return std::ranges::max(blobs, {}, &BlobMetadata::modified).modified;
}

Time oldest(std::span<const BlobMetadata> blobs) {
  return std::ranges::min(blobs, {}, &BlobMetadata::modified).modified;
}

// In nanoseconds, without overflow whatever times a store claims. Requires: `later` is not before `earlier`.
std::uint64_t apart(Time earlier, Time later) {
  return static_cast<std::uint64_t>(later.time_since_epoch().count()) -
         static_cast<std::uint64_t>(earlier.time_since_epoch().count());
}

std::uint64_t length(Duration duration) { return static_cast<std::uint64_t>(std::max(duration, Duration{}).count()); }

std::span<const BlobMetadata> written_in(const EpochState& state, Epoch epoch) {
  const auto found = state.indexes.find(epoch);
  return found == state.indexes.end() ? std::span<const BlobMetadata>() : std::span<const BlobMetadata>(found->second);
}

// What time it is in the store at least: indexes are written all the time, and only those of the last epochs tell.
std::optional<Time> storage_time(const EpochState& state) {
  std::optional<Time> time;
  for (Epoch epoch = state.write_epoch - 1; epoch <= state.write_epoch + 1; ++epoch) {
    const auto blobs = written_in(state, epoch);
    if (!blobs.empty()) time = std::max(time.value_or(Time::min()), newest(blobs));
  }
  return time;
}

// Written earlier than the margin ago, so that every client has seen it.
bool is_known_to_all(Time written, Time now, Duration margin) {
  return written < now && apart(written, now) > length(margin);
}

// Whether all blobs are named as members of one set of that epoch and all its members are there.
bool is_named_set(std::span<const BlobMetadata> blobs, Epoch epoch) {
  std::string set;
  for (const BlobMetadata& blob : blobs) {
    const auto name = parse_blob_id(blob.id);
    if (!name || name->kind != BlobKind::compaction || name->epoch != epoch) return false;
    if (static_cast<std::uint64_t>(name->count) != blobs.size()) return false;
    if (!set.empty() && set != name->set) return false;
    set = name->set;
  }
  return !blobs.empty();
}

}  // namespace

bool should_advance(const EpochState& state, const EpochParameters& parameters) {
  const auto blobs = written_in(state, state.write_epoch);
  if (blobs.empty() || apart(oldest(blobs), newest(blobs)) < length(parameters.min_epoch_duration)) return false;
  std::uint64_t size = 0;
  for (const BlobMetadata& blob : blobs) size += blob.size;
  return std::cmp_greater_equal(blobs.size(), parameters.epoch_advance_on_count_threshold) ||
         std::cmp_greater_equal(size, parameters.epoch_advance_on_total_size_bytes_threshold);
}

std::string next_epoch_marker(const EpochState& state) {
  return encode(BlobName{.kind = BlobKind::epoch_marker, .epoch = state.write_epoch + 1});
}

std::optional<MergePlan> next_compaction(const EpochState& state) {
  Epoch epoch = state.first_after_ranges();
  while (state.compactions.contains(epoch)) ++epoch;
  const auto inputs = written_in(state, epoch);
  if (!state.is_settled(epoch) || inputs.empty()) return std::nullopt;
  return MergePlan{BlobKind::compaction, epoch, epoch, {inputs.begin(), inputs.end()}};
}

std::optional<MergePlan> next_range(const EpochState& state, const EpochParameters& parameters) {
  const Epoch first = state.first_after_ranges(), last = state.write_epoch - 2;
  if (last < 0 || last - first < parameters.full_checkpoint_frequency) return std::nullopt;
  auto inputs = state.indexes_between(first, last);
  if (inputs.empty()) return std::nullopt;
  return MergePlan{BlobKind::range, first, last, std::move(inputs)};
}

std::optional<std::string> next_watermark(const EpochState& state, Time until) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(until);
  if (state.watermark && seconds < *state.watermark) return std::nullopt;
  return encode(BlobName{.kind = BlobKind::watermark, .seconds = seconds.time_since_epoch().count()});
}

std::vector<BlobMetadata> superseded_markers(const EpochState& state, const EpochParameters& parameters) {
  std::vector<BlobMetadata> superseded;
  const auto now = storage_time(state);
  if (!now) return superseded;
  for (const BlobMetadata& blob : state.markers) {
    const auto name = parse_blob_id(blob.id);
    if (name && name->epoch < state.write_epoch - 1) superseded.push_back(blob);
  }
  for (const BlobMetadata& blob : state.watermarks) {
    const auto name = parse_blob_id(blob.id);
    const bool is_current = name && state.watermark && name->seconds == state.watermark->time_since_epoch().count();
    if (!name || is_current) continue;
    if (is_known_to_all(blob.modified, *now, parameters.cleanup_safety_margin)) superseded.push_back(blob);
  }
  return superseded;
}

std::vector<BlobMetadata> superseded_indexes(const EpochState& state, const EpochParameters& parameters) {
  std::vector<BlobMetadata> superseded;
  const auto now = storage_time(state);
  if (!now) return superseded;
  for (const auto& [epoch, set] : state.compactions) {
    if (!state.is_settled(epoch) || !is_named_set(set, epoch)) continue;
    const Time merged = newest(set);
    if (!is_known_to_all(merged, *now, parameters.cleanup_safety_margin)) continue;
    for (const BlobMetadata& blob : written_in(state, epoch)) {
      if (blob.modified <= merged) superseded.push_back(blob);
    }
  }
  return superseded;
}

}  // namespace salvor::repo
