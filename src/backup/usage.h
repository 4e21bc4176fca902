// Usage: what lies in a location, and what that costs by a table of prices (config/prices.h).
//
// The location is listed once, as a stream; of each backup one line of sums is kept, of the rest a few. Beyond
// `most_backups` the remaining ones are summed up together. When a backup was made is read from its velero-backup.json.
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/prices.h"
#include "store/storage.h"

namespace salvor::backup {

// Sums over objects of one price class.
struct ClassUsage {
  std::uint64_t objects = 0, bytes = 0;
  std::uint64_t billed_bytes = 0;      // with minimum sizes and what the class adds to each object
  std::uint64_t unpaid_byte_days = 0;  // billed bytes times the days that are left of the minimum time
};

// By the class's name.
struct Amounts {
  std::map<std::string, ClassUsage> classes;

  std::uint64_t objects() const;
  std::uint64_t bytes() const;
};

struct Costs {
  config::Money month = 0;     // storing it as it is
  config::Money restore = 0;   // fetching all of it once: retrieval, requests, egress
  config::Money deletion = 0;  // what is still due if it were deleted now, for minimum times
};

struct BackupUsage {
  std::string name;
  bool listed = false;  // has its velero-backup.json
  std::optional<Time> start, expiration;
  Amounts amounts;
};

struct Growth {
  std::string period;  // "2026-11" or "2026-11-20"
  std::uint64_t backups = 0, bytes = 0, total_bytes = 0;
};

struct Usage {
  Amounts total;
  std::vector<std::pair<std::string, Amounts>> pipelines;  // by the first folder: "backups", "kopia", "etcd"
  std::vector<BackupUsage> backups;                        // by start, oldest first
  std::uint64_t more_backups = 0;                          // beyond most_backups; in the sums only
  std::optional<Time> oldest, newest;                      // object
};

struct UsageOptions {
  const config::PriceTable* prices = nullptr;  // required
  std::string price_class;                     // one of them; for whatever the store's word does not tell
  Time now{};
  std::size_t most_backups = 10'000;
};

// `invalid` when the table has no such class.
Result<Usage> scan_usage(store::Storage& storage, const UsageOptions& options, std::stop_token stop);

// Egress that is free in a month is taken off once, so the costs of parts do not add up to that of the whole.
// `stored` is what the location holds in all, for providers whose free egress depends on that.
Costs costs_of(const Amounts& amounts, std::uint64_t stored, const UsageOptions& options);

// Listed backups by the day of their start, or by month when there are more than 31 days.
std::vector<Growth> growth_of(const std::vector<BackupUsage>& backups);

}  // namespace salvor::backup
