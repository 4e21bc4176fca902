// Verifying a backup: every file that makes it up is read back and checked against the others.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "archive/archive.h"
#include "store/storage.h"

namespace salvor::backup {

struct Verified {
  std::uint64_t objects = 0, bytes = 0, problems = 0;
  bool indexed = false;  // salvor's index was there; without it, objects are checked by their structure only
};

// Calls `problem` for each finding and goes on. Checks: the archive's bytes against the hash in the index, each
// object's CRC and JSON, both folders of each object, the resource list against the archive, and that every file of
// the backup can be decompressed and parsed. Errors: not_found, or the location cannot be read.
Result<Verified> verify_backup(store::Storage& storage, const std::string& name, const std::string& spool_directory,
                               const std::function<void(const std::string&)>& problem,
                               const std::function<void(std::uint64_t done, std::uint64_t all)>& progress,
                               std::stop_token stop);

// The same for the files of a backup that has no velero-backup.json yet, before it is published. `name` is checked.
Result<Verified> verify_files(store::Storage& storage, const std::string& name, const std::string& spool_directory,
                              const std::function<void(const std::string&)>& problem,
                              const std::function<void(std::uint64_t done, std::uint64_t all)>& progress,
                              std::stop_token stop);

// Calls `problem` for every object that is not the one that its place in the archive says: a filter sees the place, a
// cluster gets the text.
Result<> check_identities(const archive::Archive& archive, const std::function<void(const std::string&)>& problem,
                          std::stop_token stop);

}  // namespace salvor::backup
