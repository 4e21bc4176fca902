#include "repo/extend_retention.h"

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "base/task_group.h"
#include "base/units.h"

namespace salvor::repo {

namespace {

constexpr unsigned kAtATime = 8;

}  // namespace

Result<TaskStats> extend_retention(BlobStore& store, const store::Retention& retention, RetentionWork work,
                                   std::stop_token stop) {
  std::vector<std::string> ids;
  for (const std::string_view prefix : kRetainedPrefixes) {
    TRY(store.list(prefix, [&](const BlobMetadata& blob) { return ids.push_back(blob.id), Result<>(); }, stop));
  }
  std::atomic<std::size_t> next{0}, extended{0}, failed{0};
  Guarded<std::optional<Error> > first;
  TaskGroup group(stop);
  for (unsigned i = 0; work == RetentionWork::extend && i < kAtATime; ++i) {
    group.start([&](std::stop_token stopped) -> Result<> {
      for (std::size_t at = next++; at < ids.size(); at = next++) {
        const Result<> kept = store.retain(ids[at], retention, stopped);
        if (kept.ok()) {
          ++extended;
          continue;
        }
        if (kept.error().code() == Code::cancelled) return kept.error().clone();
        ++failed;
        first.with([&](std::optional<Error>& error) {
          if (!error) error = kept.error().clone();
        });
      }
      return {};
    });
  }
  TRY(group.join());
  if (failed > 0) {
    const std::string why = first.with([](const std::optional<Error>& error) { return error->message(); });
    return Error(Code::unavailable, "the locks of " + std::to_string(failed) + " of " + std::to_string(ids.size()) +
                                        " blobs in " + store.describe() + " could not be extended: " + why);
  }
  TaskStats stats{"extendBlobRetentionStats", {}};
  stats.add("toExtendBlobCount", ids.size());
  stats.add("extendedBlobCount", extended);
  stats.values.emplace_back("retentionPeriod", format_go_duration(retention.period));
  return stats;
}

}  // namespace salvor::repo
