// Two locations at once: one that is read, one that is written.
#pragma once

#include <memory>
#include <string>

#include "backup/copy.h"
#include "cli/progress.h"
#include "cli/wire.h"

namespace salvor::cli {

struct TwoLocations {
  std::unique_ptr<store::Storage> from, to;
};

// Paths, URLs or configured names. `invalid` when both are the same place. The last directory of `to` is made when it
// is missing and the purpose is writing.
Result<TwoLocations> open_two(Wire& wire, const std::string& from, const std::string& to, Wire::Purpose to_purpose);

// What is shown while something is copied.
ProgressState state_of(const std::string& what, backup::CopyProgress& progress);

}  // namespace salvor::cli
