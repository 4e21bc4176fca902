#include "repo/epoch_state.h"

#include <algorithm>
#include <utility>

#include "repo/blob_id.h"
#include "repo/complete_set.h"
#include "repo/go_number.h"

namespace salvor::repo {
namespace {

constexpr Epoch kMaxEpoch = Epoch{1} << 62;  // so that a few can be added

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view from_first_digit(std::string_view text) {
  return text.substr(static_cast<std::size_t>(std::ranges::find_if(text, is_digit) - text.begin()));
}

// The number before the first '_', whatever letters stand before it. Stricter names are not asked for: what stock takes
// for a blob of the epoch is one.
std::optional<Epoch> epoch_of(std::string_view id) {
  const auto epoch = go_number(from_first_digit(id.substr(0, id.find('_'))));
  return epoch && *epoch <= kMaxEpoch ? epoch : std::nullopt;
}

// "xr<first>_<last>_...".
std::optional<std::pair<Epoch, Epoch> > epochs_of(std::string_view id) {
  const std::size_t first_end = id.find('_');
  if (first_end == std::string_view::npos) return std::nullopt;
  const std::size_t last_end = id.find('_', first_end + 1);
  if (last_end == std::string_view::npos) return std::nullopt;
  const auto first = epoch_of(id);
  const auto last = go_number(id.substr(first_end + 1, last_end - first_end - 1));
  if (!first || !last || *last < *first || *last > kMaxEpoch) return std::nullopt;
  return std::pair(*first, *last);
}

using Grouped = std::map<Epoch, std::vector<BlobMetadata> >;

Grouped complete_compactions(const Grouped& blobs) {
  Grouped complete;
  for (const auto& [epoch, of_epoch] : blobs) {
    if (auto set = first_complete_set(of_epoch); !set.empty()) complete[epoch] = std::move(set);
  }
  return complete;
}

// Where a chain that begins with a range leads.
struct Chain {
  const EpochRange* range = nullptr;
  Epoch reach = 0;
  std::size_t length = 0;
};

// Of all chains in which each range begins where the one before ended, the one from epoch 0 that reaches furthest, of
// several the one of fewer ranges. A range ends no earlier than it begins, so going from the highest beginning down,
// what follows a range is known when it is met. As for stock, a chain that holds nothing but epoch 0 is none.
std::vector<EpochRange> longest_chain(const std::vector<EpochRange>& ranges) {
  std::map<Epoch, Chain> best;  // by the epoch that they begin with
  for (auto range = ranges.rbegin(); range != ranges.rend(); ++range) {
    Chain chain{&*range, range->last, 1};
    if (const auto next = best.find(range->last + 1); next != best.end()) {
      chain.reach = next->second.reach;
      chain.length += next->second.length;
    }
    if (chain.reach == 0) continue;
    Chain& known = best[range->first];
    const bool is_shorter = chain.reach == known.reach && chain.length <= known.length;
    if (!known.range || chain.reach > known.reach || is_shorter) known = chain;
  }
  std::vector<EpochRange> chosen;
  for (auto at = best.find(0); at != best.end(); at = best.find(chosen.back().last + 1)) {
    chosen.push_back(*at->second.range);
  }
  return chosen;
}

std::vector<EpochRange> complete_ranges(const std::map<std::pair<Epoch, Epoch>, std::vector<BlobMetadata> >& blobs) {
  std::vector<EpochRange> ranges;
  for (const auto& [epochs, of_range] : blobs) {
    if (auto set = first_complete_set(of_range); !set.empty()) {
      ranges.push_back({epochs.first, epochs.second, std::move(set)});
    }
  }
  return ranges;
}

void take_watermark(const BlobMetadata& blob, EpochState& state) {
  state.watermarks.push_back(blob);
  const auto seconds = go_number(std::string_view(blob.id).substr(kWatermarkPrefix.size()));
  if (!seconds) return;
  const std::chrono::sys_seconds time{std::chrono::seconds(*seconds)};
  if (!state.watermark || time > *state.watermark) state.watermark = time;
}

}  // namespace

EpochState read_epochs(std::span<const BlobMetadata> blobs, Time listing_began, const EpochParameters& parameters) {
  EpochState state;
  Grouped compactions;
  std::map<std::pair<Epoch, Epoch>, std::vector<BlobMetadata> > ranges;
  for (const BlobMetadata& blob : blobs) {
    const std::string_view id = blob.id;
    const auto epoch = epoch_of(id);
    if (id.starts_with(kEpochMarkerPrefix)) {
      state.markers.push_back(blob);
      if (epoch) state.write_epoch = std::max(state.write_epoch, *epoch);
    } else if (id.starts_with(kWatermarkPrefix)) {
      take_watermark(blob, state);
    } else if (id.starts_with(kIndexPrefix)) {
      // Stock lists these by "xn<E>_", so here the number has no other form.
      if (epoch && id.starts_with(std::string(kIndexPrefix) + std::to_string(*epoch) + "_")) {
        state.indexes[*epoch].push_back(blob);
      }
    } else if (id.starts_with(kCompactionPrefix)) {
      if (epoch) compactions[*epoch].push_back(blob);
    } else if (id.starts_with(kRangePrefix)) {
      if (const auto epochs = epochs_of(id)) ranges[*epochs].push_back(blob);
    }
  }
  state.compactions = complete_compactions(compactions);
  state.ranges = longest_chain(complete_ranges(ranges));
  const Duration left = Time::max() - std::max(listing_began, Time{});
  state.valid_until = listing_began + std::clamp(parameters.epoch_refresh_frequency, Duration{}, left);
  return state;
}

bool EpochState::is_valid(Time now, Duration at_least) const { return now < valid_until - at_least; }

std::span<const BlobMetadata> EpochState::indexes_of(Epoch epoch) const {
  const auto compacted = compactions.find(epoch);
  if (is_settled(epoch) && compacted != compactions.end()) return compacted->second;
  const auto written = indexes.find(epoch);
  return written == indexes.end() ? std::span<const BlobMetadata>() : std::span<const BlobMetadata>(written->second);
}

std::vector<BlobMetadata> EpochState::indexes_between(Epoch first, Epoch last) const {
  std::map<Epoch, std::span<const BlobMetadata> > by_epoch;  // only those that there are, however many it could be
  for (const auto* source : {&indexes, &compactions}) {
    for (auto at = source->lower_bound(first); at != source->end() && at->first <= last; ++at) {
      by_epoch[at->first] = indexes_of(at->first);
    }
  }
  std::vector<BlobMetadata> all;
  for (const auto& [epoch, blobs] : by_epoch) all.insert(all.end(), blobs.begin(), blobs.end());
  return all;
}

std::vector<BlobMetadata> EpochState::current_indexes() const {
  std::vector<BlobMetadata> all;
  for (const EpochRange& range : ranges) all.insert(all.end(), range.blobs.begin(), range.blobs.end());
  // What could still be written to is always read as it was written, should a range claim to hold it.
  const Epoch first = std::min(first_after_ranges(), write_epoch - 1);
  const auto behind = indexes_between(first, write_epoch + 1);
  all.insert(all.end(), behind.begin(), behind.end());
  return all;
}

}  // namespace salvor::repo
