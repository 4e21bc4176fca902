// The two files beside the database from which a member starts: the write-ahead log and raft's snapshot, as if the
// cluster had just been founded by entries that add its members one after the other (etcdutl/snapshot/v3_snapshot.go).
//
//   log       frames: length u64 little-endian, whose top byte is 0x80 | padding when there is some; Record{1 type, 2
//   crc,
//             3 data}; padding to a multiple of 8. The crc is CRC-32C over the data of all records so far.
//             records: crc, metadata, an empty snapshot, an entry for each member, the hard state, the snapshot
//   snapshot  Message{1 crc, 2 data} around raftpb.Snapshot; its data is the membership in the form of etcd 2, which
//             members before 3.7 read
#pragma once

#include "base/bytes.h"
#include "etcd/membership.h"

namespace salvor::etcd {

// Raft's term of everything in these files, and the index of the last entry.
constexpr std::uint64_t kFirstTerm = 1;
inline std::uint64_t last_index(const NewCluster& cluster) { return cluster.members.size(); }

Bytes write_ahead_log(const NewCluster& cluster);
Bytes raft_snapshot(const NewCluster& cluster);

// Below member/: "wal/0000000000000000-0000000000000000.wal", "snap/0000000000000001-0000000000000001.snap".
std::string write_ahead_log_name();
std::string raft_snapshot_name(const NewCluster& cluster);

}  // namespace salvor::etcd
