#include "repo/upgrade_lock.h"

#include <gtest/gtest.h>

namespace salvor::repo {
namespace {

using namespace std::chrono_literals;

const Time kNow{std::chrono::sys_days{std::chrono::year(2026) / 11 / 23}};

UpgradeLock lock_with(Duration advance_notice) {
  UpgradeLock lock;
  lock.owner_id = "upgrade-owner";
  lock.creation_time = kNow;
  lock.advance_notice_duration = advance_notice;
  lock.io_drain_timeout = 15min;
  lock.max_permitted_clock_drift = 5s;
  return lock;
}

// kopia's upgrade_lock_intent_test.go: a drain interval is 30 minutes and 5 seconds.
TEST(UpgradeLock, LocksAtOnceWithoutNotice) {
  const UpgradeLock lock = lock_with(0h);
  EXPECT_EQ(lock.drain_interval(), 30min + 5s);
  EXPECT_TRUE(lock.is_locked(kNow));
  EXPECT_TRUE(lock.is_locked(kNow - 24h));
  EXPECT_EQ(lock.upgrade_time(), kNow + 30min + 5s);
}

TEST(UpgradeLock, LocksAsLongBeforeTheUpgradeAsOthersNeedToEnd) {
  const UpgradeLock lock = lock_with(2h);
  EXPECT_EQ(lock.upgrade_time(), kNow + 2h);
  EXPECT_FALSE(lock.is_locked(kNow));
  EXPECT_FALSE(lock.is_locked(kNow + 2h - 30min - 5s - 1ns));
  EXPECT_TRUE(lock.is_locked(kNow + 2h - 30min - 5s));
  EXPECT_TRUE(lock.is_locked(kNow + 24h));
}

TEST(UpgradeLock, TakesNumbersThatNobodyWouldWrite) {
  UpgradeLock lock = lock_with(Duration::max());
  EXPECT_FALSE(lock.is_locked(kNow));
  lock.io_drain_timeout = Duration::max();
  EXPECT_EQ(lock.drain_interval(), Duration::max());
  EXPECT_EQ(lock.upgrade_time(), Time::max());
  EXPECT_TRUE(lock.is_locked(kNow));
  lock.io_drain_timeout = Duration::min();
  lock.advance_notice_duration = Duration::min();
  lock.creation_time = Time::min();
  EXPECT_TRUE(lock.is_locked(kNow));
  EXPECT_EQ(lock.upgrade_time(), Time::min());
}

}  // namespace
}  // namespace salvor::repo
