// The history in a snapshot: every change that was not compacted, in the order of revisions, and the state at one of
// them.
//
// etcd keeps no index from keys to revisions on disk, so both read the whole bucket `key`. For the state this is done
// twice: first a table remembers the newest revision of each key, then the changes that are in the table are given out,
// one at a time with key and value. Memory holds some 30 to 60 bytes for each key, whatever the values are.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <stop_token>
#include <string_view>

#include "base/result.h"
#include "etcd/revision.h"
#include "etcd/snapshot.h"

namespace salvor::etcd {

constexpr std::int64_t kLatest = std::numeric_limits<std::int64_t>::max();

struct Change {
  RevisionKey at;
  KeyValue kv;                          // of a deletion only the key
  std::string_view raw_key, raw_value;  // as they stand in the bucket
};

using OnChange = std::function<Result<>(const Change&)>;
using OfInterest = std::function<bool(std::string_view key)>;

// Up to and with the main revision `until`. `corrupt` for what is no change, `cancelled`.
Result<> each_change(const Snapshot& snapshot, std::int64_t until, const OnChange& visit, std::stop_token stop);

// What each key that is of interest held at `revision`, in the order of their revisions; keys that were deleted by then
// are left out. Requires: the state is complete (Span).
Result<> each_live(const Snapshot& snapshot, std::int64_t revision, const OfInterest& is_of_interest,
                   const OnChange& visit, std::stop_token stop);

// From which revision to which a snapshot knows the state.
struct Span {
  std::int64_t compacted = -1;  // states before it are not complete; -1 when nothing was compacted
  std::int64_t latest = 0;
};
Result<Span> span_of(const Snapshot& snapshot);
// The revision that is meant: `wanted`, or the latest for 0. `not_found` when it is not in the span.
Result<std::int64_t> choose_revision(const Span& span, std::int64_t wanted);

}  // namespace salvor::etcd
