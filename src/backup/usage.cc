#include "backup/usage.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "backup/catalog.h"
#include "base/check.h"
#include "codec/json_access.h"

namespace salvor::backup {

namespace {

constexpr std::size_t kMostPipelines = 100;
constexpr std::uint64_t kDaysOfMonth = 30;  // as minimum times are counted
constexpr std::string_view kOther = "(others)";

// The class of an object: by the store's word where the chosen class's provider has classes at all.
const config::PriceClass& class_of(const store::Entry& entry, const UsageOptions& options) {
  const config::PriceClass* chosen = options.prices->find(options.price_class);
  CHECK(chosen != nullptr);
  if (chosen->storage_class.empty()) return *chosen;
  const config::PriceClass* told = options.prices->find_storage_class(entry.storage_class);
  return told ? *told : *chosen;
}

void add(Amounts& amounts, const store::Entry& entry, const config::PriceClass& price, Time now) {
  ClassUsage& sums = amounts.classes[price.name];
  const std::uint64_t billed = price.billed(entry.size);
  sums.objects += 1;
  sums.bytes += entry.size;
  sums.billed_bytes += billed;
  const auto age = std::chrono::floor<std::chrono::days>(now - entry.modified).count();
  const auto left = static_cast<std::int64_t>(price.minimum_days) - std::max<std::int64_t>(age, 0);
  if (left > 0) sums.unpaid_byte_days += billed * static_cast<std::uint64_t>(left);
}

// The listing is in order of keys, so a backup's files follow each other.
class Scan {
 public:
  explicit Scan(const UsageOptions& options) : options_(options) {}

  Result<> visit(const store::Entry& entry) {
    const config::PriceClass& price = class_of(entry, options_);
    const std::size_t slash = entry.key.find('/');
    const std::string pipeline = slash == std::string::npos ? "(top level)" : entry.key.substr(0, slash);
    add(usage_.total, entry, price, options_.now);
    add(pipeline_named(pipeline), entry, price, options_.now);
    if (!usage_.oldest || entry.modified < *usage_.oldest) usage_.oldest = entry.modified;
    if (!usage_.newest || entry.modified > *usage_.newest) usage_.newest = entry.modified;
    if (entry.key.starts_with(kBackupsFolder)) of_backup(entry, price);
    return {};
  }

  Usage take() {
    for (auto& [name, amounts] : pipelines_) usage_.pipelines.emplace_back(name, std::move(amounts));
    return std::move(usage_);
  }

 private:
  Amounts& pipeline_named(const std::string& name) {
    const bool room = pipelines_.contains(name) || pipelines_.size() < kMostPipelines;
    return pipelines_[room ? name : std::string(kOther)];
  }

  void of_backup(const store::Entry& entry, const config::PriceClass& price) {
    const std::size_t begin = kBackupsFolder.size(), end = entry.key.find('/', begin);
    if (end == std::string::npos) return;
    const std::string name = entry.key.substr(begin, end - begin);
    if (name != current_) {
      current_ = name;
      skipping_ = usage_.backups.size() == options_.most_backups;
      if (skipping_) {
        ++usage_.more_backups;
      } else {
        usage_.backups.push_back({.name = name});
      }
    }
    if (skipping_) return;
    BackupUsage& backup = usage_.backups.back();
    backup.listed |= entry.key == BackupKeys(name).metadata();
    add(backup.amounts, entry, price, options_.now);
  }

  const UsageOptions& options_;
  Usage usage_;
  std::map<std::string, Amounts> pipelines_;
  std::string current_;
  bool skipping_ = false;
};

// A damaged record leaves a backup without a date, and does not end the count.
Result<> read_dates(store::Storage& storage, BackupUsage& usage, std::stop_token stop) {
  const Result<Json> backup = read_backup(storage, usage.name, stop);
  if (!backup.ok()) {
    const Code code = backup.error().code();
    if (code == Code::corrupt || code == Code::invalid || code == Code::not_found) return {};
    return backup.error().clone();
  }
  const auto date = [&](std::string_view key) -> std::optional<Time> {
    const Result<Time> time = parse_rfc3339(codec::text_at(*backup, {"status", key}));
    return time.ok() ? std::optional(*time) : std::nullopt;
  };
  usage.start = date("startTimestamp");
  usage.expiration = date("expiration");
  return {};
}

std::string period_of(Time start, bool by_day) { return format_rfc3339(start).substr(0, by_day ? 10 : 7); }

}  // namespace

std::uint64_t Amounts::objects() const {
  std::uint64_t sum = 0;
  for (const auto& [name, usage] : classes) sum += usage.objects;
  return sum;
}

std::uint64_t Amounts::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& [name, usage] : classes) sum += usage.bytes;
  return sum;
}

Result<Usage> scan_usage(store::Storage& storage, const UsageOptions& options, std::stop_token stop) {
  if (!options.prices->find(options.price_class)) {
    std::string all;
    for (const config::PriceClass& one : options.prices->classes) all += (all.empty() ? "" : ", ") + one.name;
    return Error(Code::invalid, "the price table has no class " + options.price_class).hint("It has " + all + ".");
  }
  Scan scan(options);
  TRY(storage.list("", [&](const store::Entry& entry) { return scan.visit(entry); }, stop));
  Usage usage = scan.take();
  for (BackupUsage& backup : usage.backups) {
    if (backup.listed) TRY(read_dates(storage, backup, stop));
  }
  std::stable_sort(usage.backups.begin(), usage.backups.end(),
                   [](const BackupUsage& a, const BackupUsage& b) { return a.start < b.start; });
  return usage;
}

Costs costs_of(const Amounts& amounts, std::uint64_t stored, const UsageOptions& options) {
  using config::price_of;
  using config::sum_of;
  Costs costs;
  for (const auto& [name, usage] : amounts.classes) {
    const config::PriceClass& price = *options.prices->find(name);
    costs.month = sum_of(costs.month, price_of(usage.billed_bytes, price.storage, price.unit));
    costs.month = sum_of(costs.month, price_of(usage.objects * price.index_overhead, price.index_storage, price.unit));
    costs.restore = sum_of(costs.restore, price_of(usage.bytes, price.retrieval, price.unit));
    costs.restore = sum_of(costs.restore, price_of(usage.objects, price.get_requests, 1000));
    costs.deletion = sum_of(costs.deletion, price_of(usage.unpaid_byte_days, price.storage, price.unit * kDaysOfMonth));
  }
  const config::PriceClass& chosen = *options.prices->find(options.price_class);
  const std::uint64_t free = chosen.egress_free + chosen.egress_free_stored * stored;
  const std::uint64_t bytes = amounts.bytes();
  costs.restore = sum_of(costs.restore, price_of(bytes > free ? bytes - free : 0, chosen.egress, chosen.unit));
  return costs;
}

std::vector<Growth> growth_of(const std::vector<BackupUsage>& backups) {
  std::set<std::string> days;
  for (const BackupUsage& backup : backups) {
    if (backup.start) days.insert(period_of(*backup.start, true));
  }
  const bool by_day = days.size() <= 31;
  std::map<std::string, Growth> periods;
  for (const BackupUsage& backup : backups) {
    if (!backup.start) continue;
    Growth& growth = periods[period_of(*backup.start, by_day)];
    growth.backups += 1;
    growth.bytes += backup.amounts.bytes();
  }
  std::vector<Growth> all;
  std::uint64_t total = 0;
  for (auto& [period, growth] : periods) {
    total += growth.bytes;
    all.push_back({period, growth.backups, growth.bytes, total});
  }
  return all;
}

}  // namespace salvor::backup
