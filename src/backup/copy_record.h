// CopyRecord: says that a backup was copied, from where and when, and what each of its files hashed to then.
//
// It is an object of its own beside the backup's files, <backup>-salvor-copy, so that velero-backup.json stays byte for
// byte what it was; stock Velero passes over files that it does not know. docs/formats/copy.md has the form.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "backup/digest.h"
#include "base/clock.h"

namespace salvor::backup {

struct CopyRecord {
  std::string from;                     // the location as its user wrote it
  Time at{};                            // whole seconds
  std::map<std::string, Digest> files;  // by name inside the folder: "velero-backup.json"

  bool operator==(const CopyRecord&) const = default;
};

std::string encode(const CopyRecord& record);
// `corrupt` when it is none; `unsupported` when a newer program wrote it.
Result<CopyRecord> parse_copy_record(std::string_view text);

// Nothing when the backup is no copy.
Result<std::optional<CopyRecord>> read_copy_record(store::Storage& storage, const BackupKeys& keys,
                                                   std::stop_token stop);

}  // namespace salvor::backup
