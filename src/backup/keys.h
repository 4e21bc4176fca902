// Keys of an encrypted location: whether the ones at hand open its backups, and giving backups new readers.
//
// A key is proven by use: the header of every file of a backup is opened with it, and the last chunk too, which tells
// that the file is whole.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "store/encrypted.h"

namespace salvor::backup {

// Of one backup. velero-backup.json is never encrypted and not counted.
struct BackupReaders {
  std::string backup, start;  // start as in the backup's status; may be empty
  std::uint64_t files = 0, opened = 0, plain = 0;
  std::set<std::string> readers;      // as store::EncryptedStorage::readers describes them
  std::vector<std::string> problems;  // of files that no key opens, or that are damaged: "b.tar.gz: why"

  bool is_proven() const { return files > 0 && opened + plain == files; }
};

// By the time of their start, the newest first. Errors: the location cannot be read.
Result<std::vector<std::string>> backups_newest_first(store::Storage& storage, std::stop_token stop);
// Errors: not_found (no such backup), and what is no answer about keys: unavailable, cancelled.
Result<BackupReaders> readers_of(store::EncryptedStorage& storage, const std::string& name, std::stop_token stop);

struct Rewrapped {
  std::uint64_t rewrapped = 0, kept = 0, plain = 0;  // files; kept: they have these readers already
  std::vector<std::string> problems;
};

// Gives every file of every listed backup, and the records of restores, the readers that the storage writes for. Files
// stay what they are but for their header, one is replaced at once; it can be run again after an interruption. Backups
// that are being made are left out. `at` hears of each file before it is looked at.
using AtFile = std::function<void(const std::string& key, std::uint64_t before, std::uint64_t all)>;
Result<Rewrapped> rewrap_location(store::EncryptedStorage& storage, const AtFile& at, std::stop_token stop);

}  // namespace salvor::backup
