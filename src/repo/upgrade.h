// A repository of an older format, brought to format 3: format 1 gets epochs and indexes of version 2, format 2 only
// another number. [kopia cli/command_repository_upgrade.go, repo/format/upgrade_lock.go]
//
//   kopia.repository.backup.OWNER   the format blob as it was
//   kopia.repository                format 3, and a lock: from now on nobody but the owner goes on
//   (wait)                          until every client has looked and stopped, 35 minutes as it is usual
//   xn0_...                         all that the indexes of format 1 say, as indexes of the first epoch
//   n000...-unreadable              keeps clients out that know nothing of locks
//   kopia.repository                format 3 with epochs, without the lock: the upgrade is done
//
// Nothing old is changed or removed on that way, so until the last step everything can be rolled back, and a run that
// was cut off anywhere is gone on with by running it again as the same owner. The new indexes are compared with the
// old ones, entry by entry, before the last step. What stock kopia began salvor ends or rolls back, and the other way
// round. Unlike stock's, a roll back here takes the new indexes away too: were they there when the upgrade is tried
// again later, they would name what is gone by then.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/rng.h"
#include "repo/blob_store.h"
#include "repo/repository_format.h"

namespace salvor::repo {

inline constexpr std::int64_t kNewestFormat = 3;

struct UpgradeRequest {
  std::string owner;  // whose lock it is: nobody else may go on or roll back
  Duration io_drain_timeout = std::chrono::minutes(15);
  Duration status_poll_interval = std::chrono::minutes(1);
  Duration max_permitted_clock_drift = std::chrono::minutes(5);
  // A shorter io_drain_timeout than clients need to notice. When there are any, what they write is lost.
  bool is_unsafe = false;
};

struct UpgradePlan {
  std::int64_t from = 0, to = 0;  // formats
  bool migrates = false;          // the indexes are written anew
  std::uint64_t index_blobs = 0;  // of the old format, that count
  std::uint64_t index_bytes = 0;
  std::optional<UpgradeLock> lock;  // an upgrade that was begun
  Duration wait{};                  // until nobody else uses the repository

  bool is_needed() const { return from < to || lock.has_value(); }
};

// What upgrade() would do at this time. Errors: those of the indexes and of the storage.
Result<UpgradePlan> plan_upgrade(BlobStore& store, const RepositoryFormat& format, const UpgradeRequest& request,
                                 Clock& clock, std::stop_token stop);

struct UpgradeSteps {
  std::function<void(Duration left)> on_wait;  // before each wait
};

// `format` is the repository as it was read. Nothing is done when it is of the newest format and nobody upgrades it.
// Errors: `invalid` (the request), `conflict` (another owner's upgrade, or the lock was taken away meanwhile),
// `corrupt` (the new indexes do not say what the old ones do), `cancelled`, the storage's. After any of them every
// snapshot is still there; running it again goes on, and roll_back_upgrade goes back.
Result<> upgrade(BlobStore& store, const RepositoryFormat& format, const UpgradeRequest& request, Clock& clock,
                 Rng& rng, const UpgradeSteps& steps, std::stop_token stop);

// Errors: `invalid` (no upgrade is going on), `conflict` (it is another owner's), `not_found` (its backup is missing),
// `corrupt` (the backup is damaged), the storage's. May be run again.
Result<> roll_back_upgrade(BlobStore& store, const RepositoryFormat& format, const std::string& owner,
                           std::stop_token stop);

}  // namespace salvor::repo
