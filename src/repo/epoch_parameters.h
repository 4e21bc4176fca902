// How often a repository's indexes begin a new epoch, and how long clients may believe what they know of it.
// [kopia internal/epoch/epoch_manager.go Parameters]
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace salvor::repo {

// The members of `epochParameters`; in a repository of format version 1 all are zero.
struct EpochParameters {
  bool enabled = false;
  Duration epoch_refresh_frequency{};
  std::int64_t full_checkpoint_frequency = 0;  // epochs
  Duration cleanup_safety_margin{};
  Duration min_epoch_duration{};
  std::int64_t epoch_advance_on_count_threshold = 0;             // index blobs
  std::int64_t epoch_advance_on_total_size_bytes_threshold = 0;  // bytes of index blobs
  std::int64_t delete_parallelism = 0;
  std::string unknown;  // members of newer versions, see json_fields.h

  bool operator==(const EpochParameters&) const = default;
};

// What kopia gives new repositories.
EpochParameters default_epoch_parameters();
// `invalid` for parameters that kopia does not let anybody set. It opens repositories that have such ones.
Result<> validate(const EpochParameters& parameters);

}  // namespace salvor::repo
