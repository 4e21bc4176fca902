// The files of a backup beside its archive, written in an order that ends with the one that makes it exist.
#pragma once

#include <stop_token>

#include "archive/archive.h"
#include "backup/layout.h"
#include "backup/results.h"
#include "backup/spec.h"
#include "store/storage.h"

namespace salvor::backup {

// already_exists when there is a backup of this name.
Result<> refuse_existing(store::Storage& storage, const std::string& name, std::stop_token stop);
// Clears what an interrupted run of this name left, but for the claim. For whoever holds it; looks once more whether
// there is a backup, since a rival may have published between refuse_existing and the claim.
Result<> clear_folder(store::Storage& storage, const std::string& name, std::stop_token stop);

// The index and, from the same pass over the sorted names, <name>-resource-list.json.gz:
// {"apps/v1/Deployment":["team/web",...],...}. After writer.finish(). An error leaves neither.
Result<> publish_index(store::Storage& storage, const BackupKeys& keys, archive::Writer& writer, std::stop_token stop);

// Results, volumeinfo, and the lists that stock Velero expects to find and leaves empty as well when there are no
// asynchronous operations, pod volume backups and native snapshots: "[]" or "null", as it writes them.
Result<> publish_companions(store::Storage& storage, const BackupKeys& keys, std::string_view results,
                            std::string_view volume_info, std::stop_token stop);

// velero-backup.json: from here on the backup exists.
Result<> publish_metadata(store::Storage& storage, const BackupKeys& keys, const Backup& backup, std::stop_token stop);

}  // namespace salvor::backup
