#include "repo/log_cleanup.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "repo/blob_id.h"
#include "repo/pack_collector.h"
#include "repo/saturating.h"

namespace salvor::repo {

Result<TaskStats> clean_logs(BlobStore& store, const LogRetention& asked, Time now, LogCleanup mode,
                             std::stop_token stop) {
  const LogRetention retention = asked.or_default();
  std::vector<BlobMetadata> logs;
  TRY(store.list(kLogPrefix, [&](const BlobMetadata& blob) { return logs.push_back(blob), Result<>(); }, stop));
  std::ranges::stable_sort(logs, std::greater(), &BlobMetadata::modified);
  CountSum kept, old;
  std::vector<BlobMetadata> to_remove;
  for (const BlobMetadata& log : logs) {
    const bool fits =
        (retention.max_count <= 0 || std::cmp_less(kept.count, retention.max_count)) &&
        (retention.max_total_size <= 0 || std::cmp_less_equal(kept.bytes + log.size, retention.max_total_size)) &&
        (retention.max_age <= Duration::zero() ||
         difference_of(now.time_since_epoch(), log.modified.time_since_epoch()) <= retention.max_age);
    if (fits && to_remove.empty()) {
      kept.add(log.size);
    } else {
      old.add(log.size);
      to_remove.push_back(log);
    }
  }
  const bool removes = mode == LogCleanup::remove;
  if (removes) TRY(remove_blobs(store, to_remove, std::move(stop)));
  TaskStats stats{"cleanupLogsStats", {}};
  stats.add("toDeleteBlobCount", old.count);
  stats.add("toDeleteBlobSize", old.bytes);
  stats.add("deletedBlobCount", removes ? old.count : 0);
  stats.add("deletedBlobSize", removes ? old.bytes : 0);
  stats.add("retainedBlobCount", kept.count);
  stats.add("retainedBlobSize", kept.bytes);
  return stats;
}

}  // namespace salvor::repo
