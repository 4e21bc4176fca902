// The members of policies in a table: their names in JSON, in stock's order, and how they are merged.
#pragma once

#include <string_view>
#include <variant>

#include "snapshot/policy.h"

namespace salvor::snapshot {

// first_wins: the first value that is given. together: all values, sorted. apart: the merging of another member
// changes it. own: only the nearest policy's counts.
enum class Merging { first_wins, together, apart, own };

using PolicyMember =
    std::variant<std::optional<bool> Policy::*, std::optional<std::int64_t> Policy::*, std::int64_t Policy::*,
                 bool Policy::*, std::string Policy::*, std::vector<std::string> Policy::*,
                 std::vector<TimeOfDay> Policy::*, std::optional<std::string> Policy::*>;

struct PolicyField {
  std::string_view section, key;
  PolicyMember member;
  Merging merging = Merging::first_wins;
};

inline constexpr PolicyField kPolicyFields[] = {
    {"retention", "keepLatest", &Policy::keep_latest},
    {"retention", "keepHourly", &Policy::keep_hourly},
    {"retention", "keepDaily", &Policy::keep_daily},
    {"retention", "keepWeekly", &Policy::keep_weekly},
    {"retention", "keepMonthly", &Policy::keep_monthly},
    {"retention", "keepAnnual", &Policy::keep_annual},
    {"retention", "ignoreIdenticalSnapshots", &Policy::ignore_identical},
    {"files", "ignore", &Policy::ignore},
    {"files", "noParentIgnore", &Policy::no_parent_ignore},
    {"files", "ignoreDotFiles", &Policy::dot_ignore},
    {"files", "noParentDotFiles", &Policy::no_parent_dot_ignore},
    {"files", "ignoreCacheDirs", &Policy::ignore_cache_dirs},
    {"files", "maxFileSize", &Policy::max_file_size},
    {"files", "oneFileSystem", &Policy::one_file_system},
    {"errorHandling", "ignoreFileErrors", &Policy::ignore_file_errors},
    {"errorHandling", "ignoreDirectoryErrors", &Policy::ignore_directory_errors},
    {"errorHandling", "ignoreUnknownTypes", &Policy::ignore_unknown_types},
    {"scheduling", "intervalSeconds", &Policy::interval_seconds},
    {"scheduling", "timeOfDay", &Policy::times_of_day, Merging::together},
    {"scheduling", "noParentTimeOfDay", &Policy::no_parent_times_of_day, Merging::apart},
    {"scheduling", "manual", &Policy::manual},
    {"scheduling", "cron", &Policy::cron},
    {"scheduling", "runMissed", &Policy::run_missed},
    {"compression", "compressorName", &Policy::compressor},
    {"compression", "onlyCompress", &Policy::only_compress, Merging::together},
    {"compression", "noParentOnlyCompress", &Policy::no_parent_only_compress, Merging::apart},
    {"compression", "neverCompress", &Policy::never_compress, Merging::together},
    {"compression", "noParentNeverCompress", &Policy::no_parent_never_compress, Merging::apart},
    {"compression", "minSize", &Policy::least_compressed},
    {"compression", "maxSize", &Policy::most_compressed},
    {"metadataCompression", "compressorName", &Policy::metadata_compressor},
    {"splitter", "algorithm", &Policy::splitter},
    {"actions", "beforeFolder", &Policy::before_folder, Merging::own},
    {"actions", "afterFolder", &Policy::after_folder, Merging::own},
    {"actions", "beforeSnapshotRoot", &Policy::before_root},
    {"actions", "afterSnapshotRoot", &Policy::after_root},
    {"osSnapshots.volumeShadowCopy", "enable", &Policy::volume_shadow_copy},
    {"logging.directories", "snapshotted", &Policy::log_directories},
    {"logging.directories", "ignored", &Policy::log_ignored_directories},
    {"logging.entries", "snapshotted", &Policy::log_entries},
    {"logging.entries", "ignored", &Policy::log_ignored_entries},
    {"logging.entries", "cacheHit", &Policy::log_cache_hits},
    {"logging.entries", "cacheMiss", &Policy::log_cache_misses},
    {"upload", "maxParallelSnapshots", &Policy::parallel_snapshots},
    {"upload", "maxParallelFileReads", &Policy::parallel_file_reads},
    {"upload", "parallelUploadAboveSize", &Policy::parallel_upload_above},
    {"", "noParent", &Policy::no_parent, Merging::own},
};

}  // namespace salvor::snapshot
