// Namespaces: makes sure that a namespace is there before something is written into it.
//
// It is created from the backup's object, or bare when the backup does not hold it. One that is being deleted is waited
// for. A namespace that exists is never changed.
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>

#include "archive/archive.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "restore/cluster.h"
#include "restore/patience.h"
#include "restore/request.h"

namespace salvor::restore {

class Namespaces {
 public:
  Namespaces(const Request& request, const archive::Archive& archive, Cluster& cluster, Clock& clock,
             ServerPatience& patience, Duration terminating_timeout);

  enum class Found { created, existed };
  // `name` is the backup's; thread-safe.
  Result<Found> ensure(const std::string& name, std::stop_token stop);

 private:
  Result<std::string> object_for(const std::string& name, const std::string& target, std::stop_token stop) const;
  // Waits until the namespace is gone, or answers true when it is not on its way out.
  Result<bool> stays(const std::string& target, std::stop_token stop);

  const Request& request_;
  const archive::Archive& archive_;
  Cluster& cluster_;
  Clock& clock_;
  ServerPatience& patience_;
  const Duration timeout_;
  kube::Resource resource_;
};

}  // namespace salvor::restore
