// CachedCredentials: a CredentialSource that asks rarely and in time.
//
// Credentials that end are asked for anew some minutes before: one thread does it while the others go on with the old
// ones, which are still good. Only within the last minute everybody waits for the new ones. When asking fails the old
// ones are used to their end, and asking is tried again half a minute later. For credentials that live for minutes
// these times shrink with their life.
//
//   got ............... refresh_from ......... wait_from ... end
//        from memory       one thread asks      all wait
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "s3/credentials.h"

namespace salvor::s3 {

class CachedCredentials final : public CredentialSource {
 public:
  using Fetch = std::function<Result<Credentials>(std::stop_token stop)>;

  // `fetch` is called by one thread at a time, `description` by any.
  CachedCredentials(Fetch fetch, std::function<std::string()> description, Clock& clock)
      : fetch_(std::move(fetch)), description_(std::move(description)), clock_(clock) {}

  Result<Credentials> get(std::stop_token stop) override;
  // A fetch that is under way goes on: what it brings is newer than what was refused.
  void forget() override;
  std::string describe() const override { return description_(); }

 private:
  struct Kept {
    Credentials credentials;
    std::optional<Time> refresh_from, wait_from;
  };
  Kept keep(Credentials credentials) const;
  bool is_good(Time now) const;
  Result<Credentials> fetch(std::unique_lock<std::mutex>& hold, std::stop_token stop);

  const Fetch fetch_;
  const std::function<std::string()> description_;
  Clock& clock_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool fetching_ = false;
  std::optional<Kept> kept_;
  std::optional<Time> not_before_;     // after a refresh that failed
  std::uint64_t ended_ = 0;            // fetches
  std::optional<Error> last_failure_;  // of the fetch that ended last
};

}  // namespace salvor::s3
