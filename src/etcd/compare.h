// compare: how the objects of two snapshots differ, or of one snapshot at two revisions.
//
// What counts is the content: equal objects of another cluster, whose revisions are others, are equal. Whether an
// object with another content was changed or made anew is told by revisions, and so only within one cluster.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "etcd/history.h"
#include "etcd/snapshot.h"

namespace salvor::etcd {

struct Difference {
  enum class What { added, removed, changed, recreated };
  What what = What::added;
  std::string key;
  std::int64_t before = 0, after = 0;  // the revisions of its last change; 0 where it is not
};
std::string_view to_string(Difference::What what);

struct ComparedState {
  const Snapshot* snapshot = nullptr;
  std::int64_t revision = 0;
};

// In the order of keys. Memory holds the key of every object of interest.
Result<std::vector<Difference>> compare(const ComparedState& before, const ComparedState& after,
                                        const OfInterest& is_of_interest, std::stop_token stop);

}  // namespace salvor::etcd
