// The epochs of a repository, from the list of its "x" blobs: what every client works out for itself, from names and
// the store's times alone.
//
// Clients write their indexes into the current epoch W (the highest that a marker "xe<W>" names), and look again which
// one that is at least every epoch_refresh_frequency. So an epoch may still be written to until its second next one has
// begun; the ones up to W-2 are settled. Only of settled epochs may the index blobs be merged into one set ("xs"), or
// those of many epochs into one ("xr"), because what is merged is not looked at again.
//
// A view must not be relied on for longer than epoch_refresh_frequency from before the listing began (is_valid):
// afterwards others may have deleted what it names, and what is written by it could come too late to be seen. After an
// index was written and the blobs were listed again, the epoch that it was written into must not be settled in the new
// view; if it is, the index is deleted and the write has failed (stock: ErrVerySlowIndexWrite).
//
// Kopia: internal/epoch/epoch_manager.go, epoch_range.go, epoch_utils.go.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "repo/blob_store.h"
#include "repo/epoch_parameters.h"

namespace salvor::repo {

using Epoch = std::int64_t;

// Index blobs of all epochs from `first` to `last`, both included, merged.
struct EpochRange {
  Epoch first = 0, last = 0;
  std::vector<BlobMetadata> blobs;
};

struct EpochState {
  Epoch write_epoch = 0;
  std::map<Epoch, std::vector<BlobMetadata> > indexes;      // xn
  std::map<Epoch, std::vector<BlobMetadata> > compactions;  // xs: of each epoch the first complete set
  std::vector<EpochRange> ranges;                           // xr: the chain from epoch 0 that reaches furthest
  std::optional<std::chrono::sys_seconds> watermark;        // entries deleted until then count as not there
  std::vector<BlobMetadata> markers, watermarks;            // xe, xw
  Time valid_until{};

  bool is_settled(Epoch epoch) const { return epoch <= write_epoch - 2; }
  // Whether the view holds at `now` and for `at_least` longer. Stock asks for three quarters of epoch_refresh_frequency
  // before it writes an index, and for nothing more before each blob of it.
  bool is_valid(Time now, Duration at_least = {}) const;
  // The first epoch that no range holds.
  Epoch first_after_ranges() const { return ranges.empty() ? 0 : ranges.back().last + 1; }
  // All index blobs that together say what the repository holds, those of ranges first, then by epoch.
  std::vector<BlobMetadata> current_indexes() const;
  // Those of the epochs from `first` to `last`, both included, without ranges.
  std::vector<BlobMetadata> indexes_between(Epoch first, Epoch last) const;
  // Those of one epoch: its compaction when it is settled and has one, else what was written into it.
  std::span<const BlobMetadata> indexes_of(Epoch epoch) const;
};

// `blobs` are all whose ids begin with "x", in the order of their ids; others are passed over. `listing_began` is read
// from the clock before the first of them was listed.
EpochState read_epochs(std::span<const BlobMetadata> blobs, Time listing_began, const EpochParameters& parameters);

}  // namespace salvor::repo
