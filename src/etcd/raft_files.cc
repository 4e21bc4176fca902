#include "etcd/raft_files.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "codec/crc.h"
#include "codec/json.h"
#include "codec/protobuf.h"

namespace salvor::etcd {

namespace {

using codec::append_bytes_field;
using codec::append_number_field;

enum RecordType : std::uint64_t { kMetadata = 1, kEntry = 2, kState = 3, kCrc = 4, kSnapshot = 5 };
constexpr std::uint64_t kConfChangeEntry = 1;

class LogWriter {
 public:
  void crc_record() { frame(kCrc, {}, false); }
  void record(RecordType type, ByteView data) {
    crc_ = codec::crc32c(data, crc_);
    frame(type, data, true);
  }
  Bytes take() { return std::move(log_); }

 private:
  void frame(RecordType type, ByteView data, bool has_data) {
    Bytes body;
    append_number_field(body, 1, type);
    append_number_field(body, 2, crc_);
    if (has_data) append_bytes_field(body, 3, as_text(data));
    const std::size_t padding = (8 - body.size() % 8) % 8;
    std::uint64_t length = body.size();
    if (padding > 0) length |= (0x80 | std::uint64_t{padding}) << 56;
    for (int i = 0; i < 8; ++i) log_.push_back(static_cast<std::byte>(length >> (8 * i)));
    append(log_, body);
    append_zeros(log_, padding);
  }

  Bytes log_;
  std::uint32_t crc_ = 0;
};

Bytes conf_state(const NewCluster& cluster) {
  Bytes state;
  for (const Member& member : cluster.members) append_number_field(state, 1, member.id);
  append_number_field(state, 5, 0);  // auto_leave
  return state;
}

Bytes entry_that_adds(const Member& member, std::uint64_t index) {
  Bytes change;
  append_number_field(change, 1, 0);
  append_number_field(change, 2, 0);  // add a node
  append_number_field(change, 3, member.id);
  append_bytes_field(change, 4, member_json(member));
  Bytes entry;
  append_number_field(entry, 1, kConfChangeEntry);
  append_number_field(entry, 2, kFirstTerm);
  append_number_field(entry, 3, index);
  append_bytes_field(entry, 4, as_text(change));
  return entry;
}

Json store_node(const std::string& path, std::uint64_t index, Json children) {
  return {{"Path", path},
          {"CreatedIndex", index},
          {"ModifiedIndex", index},
          {"ExpireTime", "0001-01-01T00:00:00Z"},
          {"Value", ""},
          {"Children", std::move(children)}};
}

// The store of etcd 2 with nothing but the members in it. Watchers and statistics may be left out: it is read into a
// fresh store (server/etcdserver/api/v2store, Recovery).
std::string membership_of_etcd2(const NewCluster& cluster) {
  Json members = Json::object();
  std::uint64_t index = 0;
  for (const Member& member : cluster.members) {
    ++index;
    const std::string id = id_text(member.id), path = "/0/members/" + id;
    Json attributes = store_node(path + "/raftAttributes", index, nullptr);
    attributes["Value"] = codec::dump_json(Json{{"peerURLs", member.peer_urls}});
    members[id] = store_node(path, index, {{"raftAttributes", std::move(attributes)}});
  }
  Json zero = store_node("/0", 0, {{"members", store_node("/0/members", 1, std::move(members))}});
  Json root = store_node("/", 0, {{"0", std::move(zero)}, {"1", store_node("/1", 0, Json::object())}});
  return codec::dump_json(Json{{"Root", std::move(root)}, {"CurrentIndex", index}, {"CurrentVersion", 2}});
}

}  // namespace

Bytes write_ahead_log(const NewCluster& cluster) {
  LogWriter log;
  log.crc_record();
  Bytes metadata;
  append_number_field(metadata, 1, cluster.members[cluster.self].id);
  append_number_field(metadata, 2, cluster.id);
  log.record(kMetadata, metadata);
  Bytes nothing;
  append_number_field(nothing, 1, 0);
  append_number_field(nothing, 2, 0);
  log.record(kSnapshot, nothing);
  std::uint64_t index = 0;
  for (const Member& member : cluster.members) log.record(kEntry, entry_that_adds(member, ++index));
  Bytes state;
  append_number_field(state, 1, kFirstTerm);
  append_number_field(state, 2, cluster.members.front().id);  // the vote
  append_number_field(state, 3, index);
  log.record(kState, state);
  Bytes snapshot;
  append_number_field(snapshot, 1, index);
  append_number_field(snapshot, 2, kFirstTerm);
  append_bytes_field(snapshot, 3, as_text(conf_state(cluster)));
  log.record(kSnapshot, snapshot);
  return log.take();
}

Bytes raft_snapshot(const NewCluster& cluster) {
  Bytes metadata;
  append_bytes_field(metadata, 1, as_text(conf_state(cluster)));
  append_number_field(metadata, 2, last_index(cluster));
  append_number_field(metadata, 3, kFirstTerm);
  Bytes snapshot;
  append_bytes_field(snapshot, 1, membership_of_etcd2(cluster));
  append_bytes_field(snapshot, 2, as_text(metadata));
  Bytes file;
  append_number_field(file, 1, codec::crc32c(snapshot));
  append_bytes_field(file, 2, as_text(snapshot));
  return file;
}

std::string write_ahead_log_name() { return fmt::format("wal/{:016x}-{:016x}.wal", 0, 0); }
std::string raft_snapshot_name(const NewCluster& cluster) {
  return fmt::format("snap/{:016x}-{:016x}.snap", kFirstTerm, last_index(cluster));
}

}  // namespace salvor::etcd
