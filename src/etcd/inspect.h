// inspect: a whole snapshot looked at once: its structure, what etcd's own rules say about its content, and the numbers
// of `etcdutl snapshot status`.
//
// A database has no checksum of its own: a changed byte of a value is found by the trailer alone. What is checked
// besides are keys and revisions, the records that etcd reads when it starts, and how they fit together.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "bbolt/visit.h"
#include "etcd/snapshot.h"

namespace salvor::etcd {

// As etcdutl prints it (etcdutl/snapshot/v3_snapshot.go).
struct Status {
  std::uint32_t hash = 0;  // over everything; another one on each member and after each restore
  std::int64_t revision = 0;
  std::uint64_t live_keys = 0;  // totalKey since 3.6
  std::uint64_t entries = 0;    // totalKey before 3.6: of all buckets
  std::uint64_t bytes = 0;
  std::string version;  // of the storage; empty before 3.6
};

struct Inspection {
  Status status;
  bbolt::PageCounts pages;
  std::uint64_t changes = 0, deletions = 0;
  std::vector<std::string> problems;  // the first ones
  std::uint64_t problem_count = 0;
};

// `corrupt` when the structure is damaged, so that not everything can be read.
Result<Inspection> inspect(const Snapshot& snapshot, std::stop_token stop);

}  // namespace salvor::etcd
