// HashKV: the number by which members of a cluster, and snapshots of them, can be compared at one revision; a server
// says it by its RPC of that name (etcd's server/storage/mvcc/hash.go). Unlike the hash of `snapshot status` it does
// not cover what differs from member to member.
//
// It is the CRC-32C over the bucket's name and over every change up to the revision, but for changes that a compaction
// takes away or already took: so a member that has finished it and one that has not agree.
#pragma once

#include <cstdint>
#include <stop_token>

#include "base/result.h"
#include "etcd/snapshot.h"

namespace salvor::etcd {

struct HashKv {
  std::uint32_t hash = 0;
  std::int64_t revision = 0;
  std::int64_t compacted = -1;  // only hashes that were made after the same compaction can be compared
};

// At `revision`, or at the latest for 0.
Result<HashKv> hash_kv(const Snapshot& snapshot, std::int64_t revision, std::stop_token stop);

}  // namespace salvor::etcd
