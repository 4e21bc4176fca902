// Bringing back backups that were deleted, by mistake or by an attacker, from a location that keeps old versions.
//
// Only what was deleted with the backup comes back. A file that was removed before velero-backup.json was last written
// belonged to an earlier backup of the name, or was the run's own claim. velero-backup.json comes last, as when a
// backup is made: until then nothing is listed.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "store/storage.h"

namespace salvor::backup {

struct DeletedBackup {
  std::string name;
  std::uint64_t files = 0, bytes = 0;  // that can be brought back
  Time deleted{};                      // by the location's clock
  bool listed = false;                 // the backup is there, and lacks these files
};

// In the order of their names. Errors: unsupported (nothing that was removed is kept there), those of the storage.
Result<std::vector<DeletedBackup>> deleted_backups(store::Storage& storage, std::stop_token stop);

// not_found when nothing of it was deleted, or its velero-backup.json is not kept. What is back is not read: whether it
// is whole, verify_backup tells. It can be run again after an interruption.
Result<DeletedBackup> undelete_backup(store::Storage& storage, const std::string& name, std::stop_token stop);

}  // namespace salvor::backup
