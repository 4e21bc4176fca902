// Policies: how snapshots of a source are taken and how long they are kept, as Kopia stores them.
//
//   {"retention":{"keepLatest":5},"files":{"ignore":["*.tmp"],"maxFileSize":1000},"compression":{...},...,"noParent":true}
//
// A policy says something about some of its members and nothing about the others. Several policies become one by
// merging, the nearest to the source first: most members keep the first value that is given, so a list of ignore rules
// takes the place of the one further up and is not added to it. Stock's own defaults come last, unless a policy has
// "noParent".
//
// Kopia: snapshot/policy/policy.go, policy_merge.go, policy_tree.go and one file for each section.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "snapshot/manifest.h"

namespace salvor::snapshot {

struct TimeOfDay {
  std::int64_t hour = 0, minute = 0;
  auto operator<=>(const TimeOfDay&) const = default;
};

// Nothing in an optional, zero, false and empty are all "not said".
struct Policy {
  // How many snapshots are kept of each kind.
  std::optional<std::int64_t> keep_latest, keep_hourly, keep_daily, keep_weekly, keep_monthly, keep_annual;
  std::optional<bool> ignore_identical;  // a snapshot with the root of the one before it is not kept

  std::vector<std::string> ignore;      // rules, see ignore_pattern.h
  bool no_parent_ignore = false;        // means nothing to stock either
  std::vector<std::string> dot_ignore;  // names of files with more rules: ".kopiaignore"
  bool no_parent_dot_ignore = false;
  std::optional<bool> ignore_cache_dirs, one_file_system;
  std::int64_t max_file_size = 0;  // bytes

  std::optional<bool> ignore_file_errors, ignore_directory_errors, ignore_unknown_types;

  std::string compressor;                                  // "none" is a name, too
  std::vector<std::string> only_compress, never_compress;  // extensions with their dot
  bool no_parent_only_compress = false, no_parent_never_compress = false;
  std::int64_t least_compressed = 0, most_compressed = 0;  // bytes of a file
  std::string metadata_compressor;
  std::string splitter;

  std::optional<std::int64_t> parallel_snapshots, parallel_file_reads, parallel_upload_above;

  // What is shown and never obeyed. Actions are the JSON of commands.
  std::int64_t interval_seconds = 0;
  std::vector<TimeOfDay> times_of_day;
  bool no_parent_times_of_day = false, manual = false;
  std::vector<std::string> cron;
  std::optional<bool> run_missed;
  std::optional<std::string> before_folder, after_folder, before_root, after_root;
  std::optional<std::int64_t> volume_shadow_copy;
  std::optional<std::int64_t> log_directories, log_ignored_directories;
  std::optional<std::int64_t> log_entries, log_ignored_entries, log_cache_hits, log_cache_misses;

  bool no_parent = false;

  bool operator==(const Policy&) const = default;
};

// `corrupt` when it is no policy. Members that nobody knows are passed over.
Result<Policy> parse_policy(std::string_view json);
// As stock writes it: every section, and in it what is said.
std::string encode(const Policy& policy);

// What counts where a policy says nothing.
const Policy& default_policy();

// A policy and whom it is for: an empty path is all of a user's, an empty user all of a host's, nothing everybody's.
struct DefinedPolicy {
  std::string id;  // of its manifest; empty for one that nobody defined
  Source target;
  Policy policy;
};

// Where a member of a merged policy came from: the key as in "retention.keepLatest".
struct PolicyOrigin {
  std::string key;
  std::optional<Source> target;  // nothing: stock's default
};

struct EffectivePolicy {
  Policy policy;
  std::vector<PolicyOrigin> origins;  // of the members that have a value, in the order of their sections
};

// Merges policies, the nearest first, and the default.
EffectivePolicy merge_policies(std::span<const DefinedPolicy* const> policies);

}  // namespace salvor::snapshot
