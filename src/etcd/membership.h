// The members of a new cluster, as every one of them computes them for itself from the same flags
// (etcd's server/etcdserver/api/membership).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "etcd/facts.h"

namespace salvor::etcd {

struct NewCluster {
  std::uint64_t id = 0;
  std::vector<Member> members;  // by id, ascending
  std::size_t self = 0;         // which one we are
};

// `initial_cluster` is NAME=URL,NAME=URL,... where a name may come more than once; `token` tells clusters of equal
// members apart. `advertised` are the URLs of `name`, and must be those that `initial_cluster` has for it. `invalid`.
Result<NewCluster> plan_cluster(std::string_view name, const std::vector<std::string>& initial_cluster,
                                const std::vector<std::string>& advertised, std::string_view token);

// {"id":1,"peerURLs":["http://..."],"name":"..."}
std::string member_json(const Member& member);

}  // namespace salvor::etcd
