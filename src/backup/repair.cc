#include "backup/repair.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "backup/catalog.h"
#include "backup/evidence.h"
#include "backup/verify.h"
#include "backup/wildcard.h"
#include "base/units.h"

namespace salvor::backup {

namespace {

using State = Judgement::State;
using What = Finding::What;

// An object's bytes; nothing when there is none.
Result<std::optional<Bytes>> get_if_there(store::Storage& storage, const std::string& key, std::stop_token stop) {
  Result<Bytes> bytes = store::get(storage, key, kMaxMetadataBytes, stop);
  if (bytes.ok()) return std::optional(std::move(*bytes));
  if (bytes.error().code() == Code::not_found) return std::optional<Bytes>();
  return std::move(bytes).error();
}

class BackupRepair {
 public:
  BackupRepair(store::Storage& damaged, store::Storage& good, const std::string& name, const RepairOptions& options,
               Clock& clock, CopyProgress& progress, Repaired& sum, const std::function<void(const Finding&)>& tell,
               std::stop_token stop)
      : damaged_(damaged),
        good_(good),
        name_(name),
        keys_(name),
        options_(options),
        clock_(clock),
        progress_(progress),
        sum_(sum),
        tell_(tell),
        stop_(std::move(stop)),
        here_(damaged, name, counter_, stop_),
        there_(good, name, counter_, stop_) {}

  Result<> run() {
    const std::optional<Bytes> metadata = TRY(get_if_there(damaged_, keys_.metadata(), stop_));
    const std::optional<Bytes> other = TRY(get_if_there(good_, keys_.metadata(), stop_));
    if (!metadata) return finish_copy();
    ++sum_.backups;
    TRY(here_.gather());
    bool same = false;
    if (other) {
      TRY(there_.gather());
      same = TRY(is_same(*metadata, *other));
    }
    if (same) {
      here_.believe(there_);
      there_.believe(here_);
    }
    for (const std::string& key : TRY(keys_of_both(same))) TRY(look_at(key, same, other.has_value()));
    return healed_ > 0 ? verify_healed() : Result<>();
  }

 private:
  void tell(What what, const std::string& key, std::string why) {
    (what == What::healed     ? sum_.healed
     : what == What::healable ? sum_.healable
     : what == What::damaged  ? sum_.damaged
                              : sum_.differing)++;
    tell_({what, name_, key.empty() ? "" : key.substr(keys_.folder().size()), std::move(why)});
  }

  // A folder without its velero-backup.json here, while the other location lists the backup: an interrupted copy.
  Result<> finish_copy() {
    ++sum_.backups;
    if (options_.only_tell) {
      tell(What::healable, "", "it is incomplete and not listed");
      return {};
    }
    const Result<Copied> copied =
        copy_backup(good_, damaged_, name_, {.spool_directory = options_.spool_directory}, clock_, progress_, stop_);
    if (!copied.ok() && copied.error().code() == Code::cancelled) return copied.error().clone();
    if (copied.ok()) {
      tell(What::healed, "", "it was incomplete and not listed");
    } else {
      tell(What::damaged, "", "it is incomplete and could not be finished: " + copied.error().message());
    }
    return {};
  }

  Result<bool> is_same(const Bytes& here, const Bytes& there) {
    if (here == there) return true;
    const Digest ours{here.size(), crypto::sha256(here)}, theirs{there.size(), crypto::sha256(there)};
    for (const Evidence* one : {&here_, &there_}) {
      const std::optional<Digest> known = one->recorded(keys_.metadata());
      if (known && (*known == ours || *known == theirs)) return true;
    }
    const bool unreadable = TRY(here_.judge(keys_.metadata())).state == State::bad;
    return unreadable && here_.indexed() && there_.indexed() && *here_.indexed() == *there_.indexed();
  }

  // velero-backup.json last.
  Result<std::vector<std::string>> keys_of_both(bool same) {
    std::vector<std::string> all;
    const auto take = [&](const std::vector<store::Entry>& files) {
      for (const store::Entry& file : files) {
        const bool local = file.key == keys_.claim() || file.key == keys_.copy_record();
        if (!local && file.key != keys_.metadata()) all.push_back(file.key);
      }
    };
    take(TRY(files_of(damaged_, keys_, stop_)));
    if (same) take(TRY(files_of(good_, keys_, stop_)));
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    all.push_back(keys_.metadata());
    return all;
  }

  Result<> look_at(const std::string& key, bool same, bool other_listed) {
    progress_.current.with([&](std::string& text) { text = key; });
    ++sum_.files;
    const Judgement ours = TRY(here_.judge(key));
    if (ours.state == State::good) return {};
    const std::string why = ours.state == State::missing ? "it is missing" : ours.why;
    if (!same) {
      if (ours.state == State::bad) {
        tell(What::damaged, key,
             why + (other_listed ? "; " + good_.describe() + " has another backup of that name"
                                 : "; " + good_.describe() + " does not have this backup"));
      }
      return {};
    }
    const Judgement theirs = TRY(there_.judge(key));
    const bool proven_bad = ours.state == State::bad || ours.state == State::missing;
    const bool equal = ours.state != State::missing && theirs.state != State::missing && ours.digest == theirs.digest;
    if (equal && !proven_bad) return {};
    // What is missing can only be gained; what is not even JSON is worse than what is.
    const bool gain = theirs.state == State::unproven && (ours.state == State::missing || key == keys_.metadata());
    if (proven_bad && !equal && (theirs.state == State::good || gain)) return heal(key, why, theirs.digest);
    if (proven_bad) {
      const std::string theirs_is =
          theirs.state == State::missing ? "lacks it as well" : "has no proven good one either";
      tell(What::damaged, key, why + "; " + good_.describe() + " " + theirs_is);
    } else if (theirs.state == State::good || theirs.state == State::unproven) {
      tell(What::differs, key, "it is not the same in " + good_.describe() + ", and nothing tells which one is right");
    }
    return {};
  }

  Result<> heal(const std::string& key, const std::string& why, const Digest& digest) {
    if (options_.only_tell) {
      tell(What::healable, key, why);
      return {};
    }
    if (!TRY(store::exists(damaged_, keys_.metadata(), stop_))) {
      return Error(Code::conflict, "backup \"" + name_ + "\" in " + damaged_.describe() + " was deleted meanwhile");
    }
    const bool sent = TRY(transfer(
        good_, damaged_, key, store::Exists::replace, counter_, [&](const Digest& read) { return read == digest; },
        stop_));
    if (!sent) {
      tell(What::damaged, key, why + "; " + good_.describe() + " reads differently each time, so it was not replaced");
      return {};
    }
    const Result<Digest> back = digest_of(damaged_, key, counter_, stop_);
    if (!back.ok() && back.error().code() != Code::corrupt && back.error().code() != Code::not_found)
      return back.error().clone();
    if (!back.ok() || *back != digest) {
      tell(What::damaged, key, why + "; it was replaced, and what arrived is not what was sent");
      return {};
    }
    ++healed_;
    tell(What::healed, key, why);
    return {};
  }

  Result<> verify_healed() {
    const Result<Verified> verified = verify_backup(
        damaged_, name_, options_.spool_directory,
        [&](const std::string& problem) { tell(What::damaged, "", "after the repair: " + problem); }, {}, stop_);
    if (verified.ok()) return {};
    if (verified.error().code() != Code::corrupt) return verified.error().clone();
    tell(What::damaged, "", "after the repair: " + verified.error().message());
    return {};
  }

  store::Storage& damaged_;
  store::Storage& good_;
  const std::string name_;
  const BackupKeys keys_;
  const RepairOptions& options_;
  Clock& clock_;
  CopyProgress& progress_;
  Repaired& sum_;
  const std::function<void(const Finding&)>& tell_;
  const std::stop_token stop_;
  const Counter counter_ = [this](std::uint64_t bytes) { progress_.bytes += bytes; };
  Evidence here_, there_;
  std::uint64_t healed_ = 0;
};

// Folders here, listed or not, in the order of their names; those that are not listed count when the other side lists
// them.
Result<std::vector<std::string>> names_to_repair(store::Storage& damaged, store::Storage& good, const Globs& wanted,
                                                 std::stop_token stop) {
  std::vector<std::string> folders, names;
  TRY(damaged.list_directories(
      std::string(kBackupsFolder),
      [&](std::string_view name) -> Result<> {
        folders.emplace_back(name);
        return {};
      },
      stop));
  for (const std::string& name : folders) {
    if (!wanted.matches(name) || !check_name("backup", name).ok()) continue;
    const std::string key = BackupKeys(name).metadata();
    if (TRY(store::exists(damaged, key, stop)) || TRY(store::exists(good, key, stop))) names.push_back(name);
  }
  return names;
}

}  // namespace

std::string_view to_string(Finding::What what) {
  switch (what) {
    case What::healed: return "healed";
    case What::healable: return "healable";
    case What::damaged: return "damaged";
    case What::differs: return "differs";
  }
  return "unknown";
}

Result<Repaired> repair_location(store::Storage& damaged, store::Storage& good, const RepairOptions& options,
                                 Clock& clock, CopyProgress& progress, const std::function<void(const Finding&)>& tell,
                                 std::stop_token stop) {
  const Globs wanted = TRY(Globs::compile(options.patterns));
  Repaired sum;
  for (const std::string& name : TRY(names_to_repair(damaged, good, wanted, stop))) {
    TRY(BackupRepair(damaged, good, name, options, clock, progress, sum, tell, stop).run());
  }
  return sum;
}

}  // namespace salvor::backup
