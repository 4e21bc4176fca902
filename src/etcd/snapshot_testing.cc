#include "etcd/snapshot_testing.h"

#include "crypto/sha256.h"
#include "etcd/revision.h"

namespace salvor::etcd::testing {

void History::put(const std::string& key, const std::string& value, std::int64_t lease) {
  Known& known = known_[key];
  ++revision_;
  if (known.version == 0) known.created = revision_;
  ++known.version;
  buckets_["key"][revision_bytes({revision_, 0})] = key_value_bytes({.key = key,
                                                                     .value = value,
                                                                     .create_revision = known.created,
                                                                     .mod_revision = revision_,
                                                                     .version = known.version,
                                                                     .lease = lease});
}

void History::erase(const std::string& key) {
  known_.erase(key);
  ++revision_;
  buckets_["key"][revision_bytes({revision_, 0}) + "t"] = key_value_bytes({.key = key});
}

void History::compact(std::int64_t revision, bool finish) {
  buckets_["meta"]["scheduledCompactRev"] = revision_bytes({revision, 0});
  if (!finish) return;
  buckets_["meta"]["finishedCompactRev"] = revision_bytes({revision, 0});
  auto& changes = buckets_["key"];
  std::map<std::string, std::string> newest;  // the last change of each key up to the compaction
  for (const auto& [at, value] : changes) {
    KeyValue kv;
    if (parse_revision(as_bytes(at))->revision.main <= revision && parse_key_value(value, kv)) {
      newest[std::string(kv.key)] = at;
    }
  }
  std::erase_if(changes, [&](const auto& change) {
    const auto at = *parse_revision(as_bytes(change.first));
    KeyValue kv;
    if (at.revision.main > revision || !parse_key_value(change.second, kv)) return false;
    const bool is_newest = newest[std::string(kv.key)] == change.first;
    return !is_newest || (at.tombstone && at.revision.main < revision);
  });
}

Bytes History::database() const { return bbolt::testing::written(buckets_); }

Bytes History::file() const {
  Bytes bytes = database();
  const crypto::Sha256Digest digest = crypto::sha256(bytes);
  append(bytes, digest);
  return bytes;
}

Result<std::unique_ptr<Snapshot>> open(ByteView file) {
  return Snapshot::open(std::make_unique<bbolt::MemorySource>(file));
}

}  // namespace salvor::etcd::testing
