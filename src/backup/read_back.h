// Reading a backup back before it is announced: what a location returns is compared with what was sent to it.
#pragma once

#include <stop_token>
#include <string>

#include "archive/archive.h"
#include "backup/layout.h"
#include "store/storage.h"

namespace salvor::backup {

// The archive's bytes against the size and CRC of what was written. `corrupt` when a byte is not what it was.
Result<> read_back_archive(store::Storage& storage, const BackupKeys& keys, const archive::Writer::Totals& totals,
                           std::stop_token stop);
// The index opened beside the archive and counted. `corrupt` when it is not the one that was written.
Result<> read_back_index(store::Storage& storage, const BackupKeys& keys, const archive::Writer::Totals& totals,
                         const std::string& spool_directory, std::stop_token stop);

}  // namespace salvor::backup
