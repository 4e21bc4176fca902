#include "repo/epoch_parameters.h"

#include "base/units.h"
#include "repo/saturating.h"

namespace salvor::repo {

using namespace std::chrono_literals;

EpochParameters default_epoch_parameters() {
  return {
      .enabled = true,
      .epoch_refresh_frequency = 20min,
      .full_checkpoint_frequency = 7,
      .cleanup_safety_margin = 4h,
      .min_epoch_duration = 24h,
      .epoch_advance_on_count_threshold = 20,
      .epoch_advance_on_total_size_bytes_threshold = 10 * kMiB,
      .delete_parallelism = 4,
      .unknown = {},
  };
}

Result<> validate(const EpochParameters& parameters) {
  const auto wrong = [](const char* what) {
    return Error(Code::invalid, std::string("invalid epoch parameters: ") + what);
  };
  if (!parameters.enabled) return {};
  const Duration three_refreshes = product_of(parameters.epoch_refresh_frequency, 3);
  if (parameters.min_epoch_duration < 10min) return wrong("an epoch lasts ten minutes at least");
  if (three_refreshes > parameters.min_epoch_duration) {
    return wrong("clients refresh three times an epoch at least");
  }
  if (parameters.full_checkpoint_frequency <= 0) return wrong("a full checkpoint takes one epoch at least");
  if (parameters.cleanup_safety_margin < three_refreshes) {
    return wrong("cleaning up waits three refreshes at least");
  }
  if (parameters.epoch_advance_on_count_threshold < 10) return wrong("an epoch has ten index blobs at least");
  if (parameters.epoch_advance_on_total_size_bytes_threshold < static_cast<std::int64_t>(kMiB)) {
    return wrong("an epoch has a mebibyte of index blobs at least");
  }
  return {};
}

}  // namespace salvor::repo
