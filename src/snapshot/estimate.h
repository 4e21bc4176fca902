// What a snapshot of a directory would hold: its tree is walked by the rules of its policies, and no file is read but
// those that hold rules.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "base/guarded.h"
#include "snapshot/entry_rules.h"
#include "snapshot/source_tree.h"

namespace salvor::snapshot {

// May be read by another thread meanwhile.
struct Estimate {
  std::atomic<std::uint64_t> files{0}, symlinks{0}, directories{0};
  std::atomic<std::uint64_t> bytes{0};     // of files, as long as they say they are
  Excluded excluded;                       // by rules
  std::atomic<std::uint64_t> left_out{0};  // sockets, FIFOs and devices
  std::atomic<std::uint64_t> failed{0};    // directories that cannot be listed
  Guarded<std::string> current;
};

// A path and why it would not be in the snapshot.
using EstimateProblem = std::function<void(const std::string& path, const Error& why)>;

// Errors: the root cannot be listed, cancelled.
Result<> estimate(const SourceTree& tree, const EntryRules& rules, Estimate& sum, const EstimateProblem& problem,
                  std::stop_token stop);

}  // namespace salvor::snapshot
