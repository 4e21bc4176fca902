// Reading a backup back before it is announced: what a location returns is compared with what was sent to it.
#pragma once

#include <stop_token>
#include <string>

#include "archive/archive.h"
#include "backup/layout.h"
#include "store/storage.h"

namespace salvor::backup {

// The archive's bytes against the hash of what was written, and the index opened and counted. `corrupt` when a byte is
// not what it was.
Result<> read_back(store::Storage& storage, const BackupKeys& keys, const archive::Writer::Totals& totals,
                   const std::string& spool_directory, std::stop_token stop);

}  // namespace salvor::backup
