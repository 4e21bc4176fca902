// What clients logged into the repository, cut down to what its parameters keep: the newest, so many, so many bytes, so
// long. [kopia repo/maintenance/cleanup_logs.go]
#pragma once

#include <stop_token>

#include "repo/maintenance_parameters.h"
#include "repo/task_stats.h"

namespace salvor::repo {

enum class LogCleanup { remove, look };

// Errors: the storage's.
Result<TaskStats> clean_logs(BlobStore& store, const LogRetention& retention, Time now, LogCleanup mode,
                             std::stop_token stop);

}  // namespace salvor::repo
