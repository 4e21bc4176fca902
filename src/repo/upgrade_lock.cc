#include "repo/upgrade_lock.h"

#include <algorithm>

#include "repo/saturating.h"

namespace salvor::repo {

Duration UpgradeLock::drain_interval() const {
  return sum_of(max_permitted_clock_drift, product_of(io_drain_timeout, 2));
}

bool UpgradeLock::is_locked(Time now) const {
  const Duration drain = drain_interval();
  return advance_notice_duration < drain || now >= sum_of(creation_time, difference_of(advance_notice_duration, drain));
}

Time UpgradeLock::upgrade_time() const {
  return sum_of(creation_time, std::max(advance_notice_duration, drain_interval()));
}

}  // namespace salvor::repo
