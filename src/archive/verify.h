// Verification: reading everything back. Findings go to `problem` and the walk goes on; only what makes it impossible
// (the storage does not answer) is an Error. Memory: one member, and the index's cache.
#pragma once

#include "archive/index.h"

namespace salvor::archive {

using Problem = std::function<void(const std::string& problem)>;
using Progress = std::function<void(std::uint64_t done_bytes, std::uint64_t all_bytes)>;

// The archive's bytes against every promise of its index.
Result<Archive::Verified> verify_against_index(const Source& archive, const Index& index, const Problem& problem,
                                               const Progress& progress, std::stop_token stop);
// A copy made by open, which has checked hashes and structure already: that every object is JSON.
Result<Archive::Verified> verify_copy(const Archive& archive, const Problem& problem, const Progress& progress,
                                      std::stop_token stop);

}  // namespace salvor::archive
