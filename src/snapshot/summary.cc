#include "snapshot/summary.h"

#include <algorithm>

namespace salvor::snapshot {

void SummaryBuilder::add(const DirEntry& entry) {
  is_empty_ = false;
  sum_.max_modified = std::max(sum_.max_modified, entry.modified);  // nothing is older than 1970
  if (entry.type == EntryType::symlink) ++sum_.symlinks;
  if (entry.type == EntryType::file) {
    ++sum_.files;
    sum_.total_size += entry.size;
  }
  if (entry.type != EntryType::directory || !entry.summary) return;
  const DirectorySummary& below = *entry.summary;
  sum_.files += below.files;
  sum_.total_size += below.total_size;
  sum_.directories += below.directories;
  sum_.symlinks += below.symlinks;
  sum_.failed += below.failed;
  sum_.ignored_errors += below.ignored_errors;
  sum_.errors.insert(sum_.errors.end(), below.errors.begin(), below.errors.end());
  sum_.max_modified = std::max(sum_.max_modified, below.max_modified);
}

void SummaryBuilder::add_failed(std::string path, std::string error, Failure failure) {
  ++(failure == Failure::fatal ? sum_.failed : sum_.ignored_errors);
  sum_.errors.push_back({std::move(path), std::move(error)});
}

DirectorySummary SummaryBuilder::build(Time modified, std::string incomplete) const {
  DirectorySummary summary = sum_;
  ++summary.directories;
  if (is_empty_) summary.max_modified = modified;
  summary.incomplete = std::move(incomplete);
  std::ranges::stable_sort(summary.errors, {}, &FailedEntry::path);
  return summary;
}

}  // namespace salvor::snapshot
