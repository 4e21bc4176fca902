// Claim: one run at a time writes a backup of one name.
//
// The claim is an object in the backup's folder that exactly one of several writers can create. It says which process
// holds it, so that the next run on this host takes over from one that was killed. Whether a process on another host
// still runs nobody can tell from here: its claim stands until the backup of that name is deleted.
//
// A run asks once more before it publishes, and publishes nothing when the claim is no longer its own.
#pragma once

#include <stop_token>
#include <string>

#include "base/rng.h"
#include "store/storage.h"

namespace salvor::backup {

class Claim {
 public:
  // Whether a claim of another host stands. Who ignores it knows otherwise that its run has ended.
  enum class OtherHosts { respect, ignore };

  // already_exists when another run holds it.
  static Result<Claim> take(store::Storage& storage, const std::string& name, std::stop_token stop,
                            OtherHosts others = OtherHosts::respect);
  Claim(Claim&& other) noexcept;
  Claim& operator=(Claim&&) = delete;
  // Gives the claim back, if it is still ours.
  ~Claim();

  // `conflict` when somebody took it over or removed it.
  Result<> check(std::stop_token stop) const;

 private:
  Claim(store::Storage& storage, std::string key, std::string content);
  store::Storage* storage_;
  std::string key_, content_;
};

}  // namespace salvor::backup
