#include "backup/sync.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "backup/catalog.h"
#include "backup/verify.h"
#include "backup/wildcard.h"
#include "codec/json_access.h"
#include "crypto/sha256.h"

namespace salvor::backup {

namespace {

bool contains(const std::vector<std::string>& sorted, const std::string& name) {
  return std::binary_search(sorted.begin(), sorted.end(), name);
}

// Why a backup that is only at the far end stays there; empty when it may go.
Result<std::string> reason_to_keep(store::Storage& from, store::Storage& to, const std::string& name,
                                   std::stop_token stop) {
  const Result<std::optional<CopyRecord>> record = read_copy_record(to, BackupKeys(name), stop);
  if (!record.ok()) {
    if (record.error().code() != Code::corrupt && record.error().code() != Code::unsupported)
      return record.error().clone();
    return record.error().message();
  }
  if (!record->has_value()) return std::string("it is no copy");
  if ((*record)->from != from.describe()) return "it is a copy from " + (*record)->from;
  return std::string();
}

bool means_damaged_or_gone(Code code) {
  return code == Code::corrupt || code == Code::invalid || code == Code::unsupported || code == Code::not_found;
}

// When a backup was started; nothing when that is not certain. Of a copy the record proves it, of another backup two
// readings must agree.
Result<std::optional<std::string>> certain_start(store::Storage& storage, const std::string& name,
                                                 std::stop_token stop) {
  const BackupKeys keys(name);
  const Result<std::optional<CopyRecord>> record = read_copy_record(storage, keys, stop);
  const Result<Bytes> first = store::get(storage, keys.metadata(), kMaxMetadataBytes, stop);
  const Result<Bytes> second = store::get(storage, keys.metadata(), kMaxMetadataBytes, stop);
  for (const Error* error : {record.ok() ? nullptr : &record.error(), first.ok() ? nullptr : &first.error(),
                             second.ok() ? nullptr : &second.error()}) {
    if (!error) continue;
    if (!means_damaged_or_gone(error->code())) return error->clone();
    return std::optional<std::string>();
  }
  if (*first != *second) return std::optional<std::string>();
  if (record->has_value()) {
    const auto known = (*record)->files.find("velero-backup.json");
    if (known == (*record)->files.end() || known->second.sha256 != crypto::sha256(*first))
      return std::optional<std::string>();
  }
  const Result<Json> backup = codec::parse_json(as_text(*first));
  const std::string start = backup.ok() ? codec::text_at(*backup, {"status", "startTimestamp"}) : "";
  return start.empty() ? std::nullopt : std::optional(start);
}

Result<bool> verifies(store::Storage& storage, const std::string& name, const std::string& spool_directory,
                      std::stop_token stop) {
  const Result<Verified> verified = verify_backup(storage, name, spool_directory, [](const std::string&) {}, {}, stop);
  if (verified.ok()) return verified->problems == 0;
  if (means_damaged_or_gone(verified.error().code())) return false;
  return verified.error().clone();
}

class Sync {
 public:
  Sync(store::Storage& from, store::Storage& to, const SyncOptions& options, Clock& clock, CopyProgress& progress,
       const std::function<void(const SyncEvent&)>& tell, std::stop_token stop)
      : from_(from),
        to_(to),
        options_(options),
        clock_(clock),
        progress_(progress),
        tell_(tell),
        stop_(std::move(stop)) {}

  Result<> run(const SyncPlan& plan) {
    for (const std::string& name : plan.copies) TRY(copy(name));
    for (const auto& [name, why] : plan.kept) keep(name, why);
    if (plan.removals.empty()) return {};
    if (failed_) return keep_all(plan.removals, "a copy failed in this run");
    return remove(plan.removals);
  }

 private:
  using What = SyncEvent::What;

  Result<> copy(const std::string& name) {
    Result<Copied> copied = copy_backup(from_, to_, name, options_.copy, clock_, progress_, stop_);
    if (copied.ok()) {
      if (!copied->was_there) verified_.insert(name);
      tell_({copied->was_there ? What::present : What::copied, name, "", std::move(*copied)});
      return {};
    }
    if (copied.error().code() == Code::cancelled) return std::move(copied).error();
    failed_ = true;
    const std::string hint = copied.error().hint();
    tell_({What::failed, name, copied.error().message() + (hint.empty() ? "" : ". " + hint), {}});
    return {};
  }

  void keep(const std::string& name, const std::string& why) { tell_({What::kept, name, why, {}}); }

  Result<> keep_all(const std::vector<std::string>& names, const std::string& why) {
    for (const std::string& name : names) keep(name, why);
    return {};
  }

  // Finds the newest backup at the far end that is whole when it is read now, and keeps it and all that are newer.
  Result<> remove(const std::vector<std::string>& names) {
    std::vector<std::pair<std::string, std::string>> starts;
    std::map<std::string, std::string> why_kept;
    for (const std::string& name : TRY(backup_names(to_, stop_))) {
      if (const auto start = TRY(certain_start(to_, name, stop_))) {
        starts.emplace_back(*start, name);
      } else {
        why_kept[name] = "its age is not certain";
      }
    }
    std::sort(starts.rbegin(), starts.rend());
    bool verified = false;
    for (const auto& [start, name] : starts) {
      if (verified_.contains(name) || TRY(verifies(to_, name, options_.copy.spool_directory, stop_))) {
        why_kept[name] = "it is the newest one that verifies";
        verified = true;
        break;
      }
      why_kept[name] = "it is damaged, and newer than any that verifies";
    }
    if (!verified) return keep_all(names, "no backup in " + to_.describe() + " verifies");
    for (const std::string& name : names) {
      if (const auto kept = why_kept.find(name); kept != why_kept.end()) {
        keep(name, kept->second);
        continue;
      }
      // Somebody may have made it at the near end meanwhile.
      if (TRY(store::exists(from_, BackupKeys(name).metadata(), stop_))) continue;
      TRY(remove_backup(to_, name, stop_));
      tell_({What::removed, name, "", {}});
    }
    return {};
  }

  store::Storage& from_;
  store::Storage& to_;
  const SyncOptions& options_;
  Clock& clock_;
  CopyProgress& progress_;
  const std::function<void(const SyncEvent&)>& tell_;
  const std::stop_token stop_;
  std::set<std::string> verified_;  // by having been copied in this run
  bool failed_ = false;
};

}  // namespace

std::string_view to_string(SyncEvent::What what) {
  switch (what) {
    case SyncEvent::What::copied: return "copied";
    case SyncEvent::What::present: return "present";
    case SyncEvent::What::failed: return "failed";
    case SyncEvent::What::removed: return "removed";
    case SyncEvent::What::kept: return "kept";
  }
  return "unknown";
}

Result<SyncPlan> plan_sync(store::Storage& from, store::Storage& to, const SyncOptions& options, std::stop_token stop) {
  const Globs wanted = TRY(Globs::compile(options.patterns));
  const std::vector<std::string> near = TRY(backup_names(from, stop));
  const std::vector<std::string> far = TRY(backup_names(to, stop));
  SyncPlan plan;
  for (const std::string& name : near) {
    if (!wanted.matches(name)) continue;
    plan.copies.push_back(name);
    if (contains(far, name)) plan.known.push_back(name);
  }
  if (!options.remove) return plan;
  for (const std::string& name : far) {
    if (contains(near, name) || !wanted.matches(name)) continue;
    std::string why =
        near.empty() ? from.describe() + " lists no backup at all" : TRY(reason_to_keep(from, to, name, stop));
    if (why.empty()) {
      plan.removals.push_back(name);
    } else {
      plan.kept.push_back({name, std::move(why)});
    }
  }
  return plan;
}

Result<> run_sync(store::Storage& from, store::Storage& to, const SyncPlan& plan, const SyncOptions& options,
                  Clock& clock, CopyProgress& progress, const std::function<void(const SyncEvent&)>& tell,
                  std::stop_token stop) {
  return Sync(from, to, options, clock, progress, tell, std::move(stop)).run(plan);
}

}  // namespace salvor::backup
