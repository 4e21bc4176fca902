#include "s3/credential_cache.h"

#include <algorithm>

namespace salvor::s3 {

namespace {

constexpr Duration kRefreshBeforeEnd = std::chrono::minutes(5);
constexpr Duration kWaitBeforeEnd = std::chrono::minutes(1);
constexpr Duration kPauseAfterFailure = std::chrono::seconds(30);

}  // namespace

CachedCredentials::Kept CachedCredentials::keep(Credentials credentials) const {
  Kept kept{std::move(credentials), {}, {}};
  if (const std::optional<Time> end = kept.credentials.expires) {
    const Duration life = std::max(*end - clock_.now(), Duration::zero());
    kept.refresh_from = *end - std::min(kRefreshBeforeEnd, life / 4);
    kept.wait_from = *end - std::min(kWaitBeforeEnd, life / 16);
  }
  return kept;
}

bool CachedCredentials::is_good(Time now) const {
  return kept_ && (!kept_->credentials.expires || now < *kept_->credentials.expires);
}

Result<Credentials> CachedCredentials::get(std::stop_token stop) {
  std::unique_lock hold(mutex_);
  for (;;) {
    if (stop.stop_requested()) return Error(Code::cancelled, "stopped while waiting for credentials");
    const Time now = clock_.now();
    const bool good = is_good(now);
    const bool wants_refresh =
        !good || (kept_->refresh_from && now >= *kept_->refresh_from && (!not_before_ || now >= *not_before_));
    if (!wants_refresh) return kept_->credentials.copy();
    if (!fetching_) return fetch(hold, stop);
    if (good && now < *kept_->wait_from) return kept_->credentials.copy();
    const std::uint64_t seen = ended_;
    if (!changed_.wait(hold, stop, [&] { return ended_ != seen; })) continue;
    // Those who waited share the failure: each trying again in turn would make the last wait for all the others.
    if (last_failure_ && last_failure_->code() != Code::cancelled && !is_good(clock_.now())) {
      return last_failure_->clone();
    }
  }
}

// With the lock given up meanwhile; `fetching_` keeps others from doing the same.
Result<Credentials> CachedCredentials::fetch(std::unique_lock<std::mutex>& hold, std::stop_token stop) {
  fetching_ = true;
  hold.unlock();
  Result<Credentials> fresh = fetch_(stop);
  hold.lock();
  fetching_ = false;
  ++ended_;
  last_failure_.reset();
  changed_.notify_all();
  const Time now = clock_.now();
  if (fresh.ok() && fresh->expires && *fresh->expires <= now) {
    fresh = Error(Code::unauthenticated, description_() + " gives credentials that have ended already")
                .hint("Renew them, and check this machine's clock.");
  }
  if (fresh.ok()) {
    kept_ = keep(std::move(*fresh));
    not_before_.reset();
    return kept_->credentials.copy();
  }
  last_failure_ = fresh.error().clone();
  if (fresh.error().code() == Code::cancelled) return fresh;
  not_before_ = now + kPauseAfterFailure;
  if (is_good(now)) return kept_->credentials.copy();
  return fresh;
}

void CachedCredentials::forget() {
  std::lock_guard hold(mutex_);
  if (!fetching_) kept_.reset();
}

}  // namespace salvor::s3
