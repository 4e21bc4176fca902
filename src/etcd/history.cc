#include "etcd/history.h"

#include <algorithm>

#include "etcd/newest.h"

namespace salvor::etcd {

namespace {

// The main revision under one of meta's names, or `absent`.
Result<std::int64_t> compaction(const Snapshot& snapshot, std::string_view name, std::int64_t absent) {
  const auto bytes = TRY(snapshot.value(bucket::kMeta, name));
  if (!bytes) return absent;
  const auto at = parse_revision(as_bytes(*bytes));
  if (!at) return Error(Code::corrupt, "meta's " + std::string(name) + " is no revision");
  return at->revision.main;
}

}  // namespace

Result<> each_change(const Snapshot& snapshot, std::int64_t until, const OnChange& visit, std::stop_token stop) {
  auto key_bucket = TRY(snapshot.bucket(bucket::kKey));
  if (!key_bucket) return Error(Code::corrupt, "there is no bucket \"key\": this is not a database of etcd 3");
  bbolt::Cursor cursor(snapshot.database(), std::move(*key_bucket));
  for (bool more = TRY(cursor.first()); more; more = TRY(cursor.next())) {
    if (stop.stop_requested()) return Error(Code::cancelled, "stopped");
    const auto at = parse_revision(cursor.key());
    if (!at) return Error(Code::corrupt, "a key of the bucket \"key\" is no revision");
    if (at->revision.main > until) return {};
    Change change{.at = *at, .raw_key = as_text(cursor.key()), .raw_value = as_text(cursor.value())};
    if (!parse_key_value(change.raw_value, change.kv)) {
      return Error(Code::corrupt, "the change at revision " + std::to_string(at->revision.main) + " is not readable");
    }
    TRY(visit(change));
  }
  return {};
}

Result<> each_live(const Snapshot& snapshot, std::int64_t revision, const OfInterest& is_of_interest,
                   const OnChange& visit, std::stop_token stop) {
  Newest newest;
  TRY(each_change(
      snapshot, revision,
      [&](const Change& change) -> Result<> {
        if (is_of_interest(change.kv.key)) newest.put(change.kv.key, change.at);
        return {};
      },
      stop));
  return each_change(
      snapshot, revision,
      [&](const Change& change) -> Result<> {
        if (change.at.tombstone || !is_of_interest(change.kv.key)) return {};
        return newest.is_newest(change.kv.key, change.at) ? visit(change) : Result<>();
      },
      stop);
}

Result<Span> span_of(const Snapshot& snapshot) {
  Span span;
  const std::int64_t scheduled = TRY(compaction(snapshot, "scheduledCompactRev", -1));
  span.compacted = std::max(scheduled, TRY(compaction(snapshot, "finishedCompactRev", -1)));
  auto key_bucket = TRY(snapshot.bucket(bucket::kKey));
  if (!key_bucket) return Error(Code::corrupt, "there is no bucket \"key\": this is not a database of etcd 3");
  bbolt::Cursor cursor(snapshot.database(), std::move(*key_bucket));
  if (TRY(cursor.last())) {
    const auto at = parse_revision(cursor.key());
    if (!at) return Error(Code::corrupt, "the last key of the bucket \"key\" is no revision");
    span.latest = at->revision.main;
  }
  // The newest change may have been a deletion that the compaction took away.
  span.latest = std::max({span.latest, span.compacted, std::int64_t{1}});
  return span;
}

Result<std::int64_t> choose_revision(const Span& span, std::int64_t wanted) {
  if (wanted == 0) return span.latest;
  const std::string name = "revision " + std::to_string(wanted);
  if (wanted > span.latest) {
    return Error(Code::not_found, name + " is newer than the snapshot, which ends with " + std::to_string(span.latest));
  }
  if (wanted < span.compacted) {
    return Error(Code::not_found, name + " was compacted: what was deleted or replaced by then is gone")
        .hint("The oldest revision whose state is complete is " + std::to_string(span.compacted) + ".");
  }
  return wanted;
}

}  // namespace salvor::etcd
