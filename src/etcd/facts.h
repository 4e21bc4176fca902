// Facts: what a snapshot says about the member and the cluster that it came from, out of etcd's small buckets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "etcd/snapshot.h"

namespace salvor::etcd {

struct Member {
  std::uint64_t id = 0;
  std::string name;
  std::vector<std::string> peer_urls, client_urls;
  bool is_learner = false;
};

struct Alarm {
  std::uint64_t member = 0;
  std::string type;  // NOSPACE, CORRUPT, or a number
};

struct Facts {
  std::optional<std::uint64_t> consistent_index, term;  // the raft entry that was applied last
  std::string storage_version, cluster_version;         // "3.6.0", "3.6.0"; empty before 3.6 and 3.5
  std::string downgrade_target;                         // of a downgrade that was under way; else empty
  std::vector<Member> members;
  std::uint64_t removed_members = 0, leases = 0, users = 0, roles = 0;
  std::vector<Alarm> alarms;
  bool auth_enabled = false;
  std::vector<std::string> problems;  // what etcd would stumble over
};

// `corrupt` when a page cannot be read; a record that cannot is a problem.
Result<Facts> read_facts(const Snapshot& snapshot);

// An id as etcd writes it: hexadecimal, without zeros before it.
std::string id_text(std::uint64_t id);

}  // namespace salvor::etcd
