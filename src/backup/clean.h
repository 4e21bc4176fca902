// Cleaning a location: what runs that were killed left there, which costs space and shows in no list.
//
//   temporary files, unfinished uploads    Storage::clear_leftovers
//   folders of backups never published     they have a claim and no velero-backup.json
//
// Only what nobody has touched for a while goes: on another host its writer may still be at work, and whether it is
// nobody can tell from here.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "store/storage.h"

namespace salvor::backup {

struct CleanOptions {
  Duration older_than = std::chrono::hours(168);  // by the clock of the location
  bool only_tell = false;
};

struct CleanFinding {
  std::string name;  // "temporary file backups/b/.salvor-tmp-0a1b-0", "unpublished backup b"
  std::uint64_t bytes = 0;
  Duration age{};  // since it was last written
  bool removed = false;
};

// Hears what is looked at next, how much was before and how much there is in all; 0 while that is not known.
using AtStep = std::function<void(const std::string& what, std::uint64_t before, std::uint64_t all)>;

// Errors: those of the storage. What was found until then was told.
Result<> clean_location(store::Storage& storage, const CleanOptions& options, Clock& clock, const AtStep& at,
                        const std::function<void(const CleanFinding&)>& tell, std::stop_token stop);

}  // namespace salvor::backup
