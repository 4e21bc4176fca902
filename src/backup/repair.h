// Repairing a location from another one that holds the same backups.
//
// A file is replaced only when it is proven bad, or missing, and the other location's is proven good. What proves:
//
//   index            checks itself, every block of it by hash (docs/formats/index.md)
//   archive          has the hash that an index of either location names; without any index, its gzip checksums
//   any file         has the hash that the record of a copy names (backup/copy_record.h), in either location
//   gzip files       their checksums
//   velero-backup.json   is JSON of that backup's name
//
// Two files that differ while neither is proven bad stay as they are and are told about. Two backups of one name are
// the same one when their velero-backup.json is the same, when a record of a copy says so, or, if one of these is
// damaged, when both indexes name the same archive. Each file is replaced at once, after its bytes have the proven
// hash, and is read back; velero-backup.json comes last. A backup that lacks its velero-backup.json is finished like an
// interrupted copy. Backups that are only in the other location are not copied: that is what synchronising is for.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "backup/copy.h"

namespace salvor::backup {

struct RepairOptions {
  std::vector<std::string> patterns;  // of backup names; empty means all
  bool only_tell = false;             // judge, and replace nothing
  std::string spool_directory;
};

struct Finding {
  enum class What {
    healed,    // replaced, read back
    healable,  // would be, with only_tell
    damaged,   // proven bad or missing, and nothing good to replace it with
    differs,   // from the other location's, and nobody can tell which is right
  };
  What what = What::healed;
  std::string backup, file;  // the file's name inside the backup's folder; empty: the backup as a whole
  std::string why;
};
std::string_view to_string(Finding::What what);

struct Repaired {
  std::uint64_t backups = 0, files = 0;  // looked at
  std::uint64_t healed = 0, healable = 0, damaged = 0, differing = 0;
};

// Calls `tell` for each finding. Errors: one of the locations cannot be read or written, or a stop; what was healed
// stays healed.
Result<Repaired> repair_location(store::Storage& damaged, store::Storage& good, const RepairOptions& options,
                                 Clock& clock, CopyProgress& progress, const std::function<void(const Finding&)>& tell,
                                 std::stop_token stop);

}  // namespace salvor::backup
