#include "etcd/hash_kv.h"

#include "codec/crc.h"
#include "etcd/history.h"
#include "etcd/newest.h"

namespace salvor::etcd {

Result<HashKv> hash_kv(const Snapshot& snapshot, std::int64_t revision, std::stop_token stop) {
  const Span span = TRY(span_of(snapshot));
  HashKv result{.revision = TRY(choose_revision(span, revision)), .compacted = span.compacted};
  Newest kept;
  const auto note = [&](const Change& change) -> Result<> {
    kept.put(change.kv.key, change.at);
    return {};
  };
  // Without a compaction nothing is left out, and no table is needed.
  if (span.compacted >= 0) TRY(each_change(snapshot, result.revision, note, stop));
  result.hash = codec::crc32c(as_bytes(bucket::kKey));
  const auto add = [&](const Change& change) -> Result<> {
    const std::int64_t main = change.at.revision.main;
    const bool is_kept = !change.at.tombstone && kept.is_newest(change.kv.key, change.at);
    // Where the compaction leaves no key at all, etcd takes nothing out.
    if (main <= span.compacted && kept.live() > 0 && !is_kept) return {};
    // Old members delete a deletion at the compaction's own revision, newer ones keep it.
    if (main == span.compacted && change.at.tombstone) return {};
    result.hash = codec::crc32c(as_bytes(change.raw_key), result.hash);
    result.hash = codec::crc32c(as_bytes(change.raw_value), result.hash);
    return {};
  };
  TRY(each_change(snapshot, result.revision, add, stop));
  return result;
}

}  // namespace salvor::etcd
