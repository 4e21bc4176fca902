// How a repository is to be maintained, and by whom: the manifest with the label type=maintenance.
//
//   {"owner":"user@host","quick":{"enabled":true,"interval":3600000000000},"full":{...},
//    "logRetention":{"maxTotalSize":...,"maxCount":...,"maxAge":...},"extendObjectLocks":false,"listParallelism":0}
//
// One user on one host is the owner, and nobody else runs maintenance: it takes things away, and two who do so at the
// same time know nothing of each other. Kopia: repo/maintenance/maintenance_params.go.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/rng.h"
#include "repo/repository.h"

namespace salvor::repo {

struct MaintenanceCycle {
  bool enabled = false;
  Duration interval{};
  std::string unknown = {};  // members of newer versions, see json_fields.h

  bool operator==(const MaintenanceCycle&) const = default;
};

// How much of what clients logged is kept: what is beyond one of these goes. Zero is no limit, all zeros the default.
struct LogRetention {
  std::int64_t max_total_size = 0, max_count = 0;  // bytes, blobs
  Duration max_age{};
  std::string unknown = {};

  LogRetention or_default() const;

  bool operator==(const LogRetention&) const = default;
};

struct MaintenanceParameters {
  std::string owner;  // "user@host"; empty: nobody's yet
  MaintenanceCycle quick, full;
  LogRetention log_retention;
  bool extend_object_locks = false;
  std::int64_t list_parallelism = 0;  // 0: as many as a client likes
  std::string unknown = {};

  bool operator==(const MaintenanceParameters&) const = default;
};

MaintenanceParameters default_maintenance_parameters();
// `corrupt` when it is no such text.
Result<MaintenanceParameters> parse_maintenance_parameters(std::string_view json);
std::string encode(const MaintenanceParameters& parameters);

// Those that the manifests hold: of several the latest, as in stock; without one the defaults, which name no owner.
Result<MaintenanceParameters> maintenance_parameters_in(const ManifestSet& manifests);

// Puts them in place of all that there are, in one flush. Errors: those of ContentWriter.
Result<> replace_maintenance_parameters(Repository& repository, const MaintenanceParameters& parameters,
                                        const std::string& user, const std::string& host, Clock& clock, Rng& rng,
                                        std::stop_token stop);

}  // namespace salvor::repo
