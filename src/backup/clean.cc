#include "backup/clean.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "backup/claim.h"
#include "backup/layout.h"
#include "backup/publish.h"

namespace salvor::backup {

namespace {

class Cleaner {
 public:
  Cleaner(store::Storage& storage, const CleanOptions& options, Time now, const AtStep& at,
          const std::function<void(const CleanFinding&)>& tell, std::stop_token stop)
      : storage_(storage), options_(options), now_(now), at_(at), tell_(tell), stop_(std::move(stop)) {}

  Result<> clear_leftovers() {
    std::optional<CleanFinding> last;  // whether it went shows when the storage goes on
    const auto tell_last = [&](bool removed) {
      if (!last) return;
      last->removed = removed;
      tell_(*last);
      last.reset();
    };
    std::uint64_t seen = 0;
    at_("unfinished writes", 0, 0);
    Result<> cleared = storage_.clear_leftovers(
        [&](const store::Leftover& left) {
          at_(left.name, seen++, 0);
          tell_last(!options_.only_tell);
          if (now_ - left.modified < options_.older_than) return false;
          last = CleanFinding{left.name, left.size, now_ - left.modified, false};
          return !options_.only_tell;
        },
        stop_);
    tell_last(cleared.ok() && !options_.only_tell);
    return cleared;
  }

  Result<> clear_folders() {
    std::vector<std::string> names;
    TRY(storage_.list_directories(
        std::string(kBackupsFolder), [&](std::string_view name) { return names.emplace_back(name), Result<>(); },
        stop_));
    for (std::size_t i = 0; i < names.size(); ++i) {
      at_(BackupKeys(names[i]).folder(), i, names.size());
      TRY(clear_folder_of(names[i]));
    }
    return {};
  }

 private:
  Result<> clear_folder_of(const std::string& name) {
    if (!check_name("backup", name).ok()) return {};
    const BackupKeys keys(name);
    if (TRY(store::exists(storage_, keys.metadata(), stop_))) return {};
    bool is_ours = false;
    CleanFinding found{"unpublished backup " + name, 0, {}, false};
    std::optional<Time> last;
    TRY(storage_.list(
        keys.folder(),
        [&](const store::Entry& entry) -> Result<> {
          is_ours = is_ours || entry.key == keys.claim();
          found.bytes += entry.size;
          last = std::max(last.value_or(entry.modified), entry.modified);
          return {};
        },
        stop_));
    if (!is_ours || !last || now_ - *last < options_.older_than) return {};
    found.age = now_ - *last;
    if (!options_.only_tell) {
      // Under a claim of our own, so that a run that begins meanwhile is not in the way.
      const Result<Claim> claim = Claim::take(storage_, name, stop_, Claim::OtherHosts::ignore);
      if (!claim.ok() && claim.error().code() == Code::already_exists) return {};  // its process lives
      if (!claim.ok()) return claim.error().clone();
      Result<> cleared = clear_folder(storage_, name, stop_);
      if (!cleared.ok() && cleared.error().code() == Code::already_exists) return {};  // just published
      TRY(std::move(cleared));
      found.removed = true;
    }
    tell_(found);
    return {};
  }

  store::Storage& storage_;
  const CleanOptions& options_;
  const Time now_;
  const AtStep& at_;
  const std::function<void(const CleanFinding&)>& tell_;
  const std::stop_token stop_;
};

}  // namespace

Result<> clean_location(store::Storage& storage, const CleanOptions& options, Clock& clock, const AtStep& at,
                        const std::function<void(const CleanFinding&)>& tell, std::stop_token stop) {
  const std::optional<Time> theirs = TRY(storage.server_time(stop));
  Cleaner cleaner(storage, options, theirs.value_or(clock.now()), at, tell, std::move(stop));
  TRY(cleaner.clear_leftovers());
  return cleaner.clear_folders();
}

}  // namespace salvor::backup
