// Progress: what a running backup or restore has done, read by one renderer while many threads count.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/guarded.h"

namespace salvor::backup {

struct Progress {
  std::atomic<std::uint64_t> steps{0}, steps_total{0};  // listings of a backup, resources of a restore
  std::atomic<std::uint64_t> items{0}, items_total{0};  // total 0: not known
  std::atomic<std::uint64_t> bytes{0};
  Guarded<std::string> current;  // "secrets in team-a"

  void now(std::string what) {
    current.with([&](std::string& text) { text = std::move(what); });
  }
};

}  // namespace salvor::backup
