// Copying a whole backup from one location to another.
//
// The order of writing is that of making a backup: every file, then the record of the copy, then velero-backup.json, so
// that a copy that is cut off anywhere is not listed, and the same command goes on where it stopped. What is there
// already with the right hash is not sent again. Before the copy is published everything is read back at the far end:
//
//   archive          verified there object by object; its bytes have the hash that the index names, or, without an
//                    index, the hash of what was sent
//   other files      compared with a second reading at the near end, so that a bit that flipped in one of the readings
//                    is found
//
// So a damaged backup is not copied either: its copy does not verify. A claim keeps two runs from making the same
// backup at once (backup/claim.h). The near end is only read.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "backup/copy_record.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "store/storage.h"

namespace salvor::backup {

struct CopyOptions {
  std::string spool_directory;
  // Of a backup that is listed at the far end: read all of it and compare, instead of names and sizes.
  bool reread_existing = false;
};

struct CopyProgress {
  std::atomic<std::uint64_t> bytes{0}, bytes_total{0};  // read, on either side
  Guarded<std::string> current;
};

struct Copied {
  bool was_there = false;  // the same backup was listed at the far end
  std::uint64_t files_sent = 0, files_kept = 0, bytes_sent = 0;
  std::vector<std::string> warnings;  // what the backup refers to and the copy has not
};

// Errors: not_found (no such backup); already_exists (another backup of that name, or another run making it); corrupt
// (the backup is damaged, or what arrived is not what was sent; nothing is listed); conflict (it changed meanwhile).
Result<Copied> copy_backup(store::Storage& from, store::Storage& to, const std::string& name,
                           const CopyOptions& options, Clock& clock, CopyProgress& progress, std::stop_token stop);

}  // namespace salvor::backup
