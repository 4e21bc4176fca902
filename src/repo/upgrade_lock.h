// The mark of somebody who upgrades a repository to a newer format and needs it alone. [kopia
// repo/format/upgrade_lock_intent.go]
//
// It is announced ahead. As long before the time of the upgrade as everybody needs to notice and to end what they do,
// the drain interval, it begins to lock: from then on whoever is not the owner does not touch the storage.
#pragma once

#include <string>

#include "base/clock.h"

namespace salvor::repo {

// The members of `upgradeLock`.
struct UpgradeLock {
  std::string owner_id;
  Time creation_time = Time::min();  // Go's zero time
  Duration advance_notice_duration{};
  Duration io_drain_timeout{};
  Duration status_poll_interval{};
  std::string message;  // for people
  Duration max_permitted_clock_drift{};
  std::string unknown;  // members of newer versions, see json_fields.h

  // max_permitted_clock_drift + 2 io_drain_timeout.
  Duration drain_interval() const;
  // Whether only the owner may use the repository: notice was given for less than the drain interval, or that interval
  // has begun.
  bool is_locked(Time now) const;
  // From when on the owner can be sure to be alone.
  Time upgrade_time() const;

  bool operator==(const UpgradeLock&) const = default;
};

}  // namespace salvor::repo
