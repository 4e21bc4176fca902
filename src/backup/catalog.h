// The catalogue of a location: which backups and restores it holds, and reading, writing and removing their files.
//
// A backup exists exactly when its velero-backup.json does. Folders without one are what a crash or a running backup
// left behind; they are never listed as backups and are cleared when a backup of that name is made anew.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "backup/layout.h"
#include "codec/json.h"
#include "store/storage.h"

namespace salvor::backup {

// Names of all backups (or restores) in byte order.
Result<std::vector<std::string>> backup_names(store::Storage& storage, std::stop_token stop);
Result<std::vector<std::string>> restore_names(store::Storage& storage, std::stop_token stop);

// The Backup object as stored. not_found names the backup and the location and hints at `salvor backup get`.
Result<Json> read_backup(store::Storage& storage, std::string_view name, std::stop_token stop);
// The same, for who goes on to read its other files: `denied` when they are encrypted and `storage` does not decrypt.
Result<Json> read_openable_backup(store::Storage& storage, std::string_view name, std::stop_token stop);
Result<Json> read_restore(store::Storage& storage, std::string_view name, std::stop_token stop);

// Bytes of all files of a backup.
Result<std::uint64_t> stored_bytes(store::Storage& storage, const std::string& folder, std::stop_token stop);

// Removes a backup: first what makes it exist, then the rest. Running it again finishes what a crash interrupted.
Result<> remove_backup(store::Storage& storage, std::string_view name, std::stop_token stop);

// One of a backup's gzip files, decompressed; `invalid` above `limit` bytes, `corrupt` when it is no gzip.
Result<std::string> read_gzip(store::Storage& storage, const std::string& key, std::uint64_t limit,
                              std::stop_token stop);
Result<Json> read_gzip_json(store::Storage& storage, const std::string& key, std::stop_token stop);
Result<> write_gzip(store::Storage& storage, const std::string& key, std::string_view text, std::stop_token stop);

}  // namespace salvor::backup
