// Discovery: which resources a server offers, and which of its groups could not be asked.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "kube/resource.h"

namespace salvor::kube {

struct DiscoveryFailure {
  std::string group_version;  // "metrics.k8s.io/v1beta1"
  std::string message;
};

struct Discovery {
  // Every resource in every served version, groups in the server's order, subresources folded into their parent.
  // `preferred` marks the version that is the group's preferred one, or the first that has the resource.
  std::vector<Resource> resources;
  std::vector<DiscoveryFailure> failures;  // groups registered but not answering; never silently dropped

  std::vector<Resource> preferred() const;
  // By "pods", "deployments.apps", a kind, singular or short name; the preferred version. Null when unknown or, for a
  // name without group that several groups offer, the core group's or first group's.
  const Resource* find(std::string_view name) const;
  const Resource* find_kind(std::string_view group, std::string_view kind) const;
  const Resource* find_exact(std::string_view group, std::string_view version, std::string_view plural) const;
};

// The aggregated form (apidiscovery.k8s.io/v2) that /api and /apis answer; appends to `into`.
Result<> parse_aggregated_discovery(std::string_view text, Discovery& into);

// The older form, one document per group and version, for servers before 1.26 and proxies that strip the new one.
struct GroupVersions {
  std::string group;
  std::vector<std::string> versions;  // the preferred one first
};
Result<std::vector<GroupVersions>> parse_group_list(std::string_view text);
Result<> parse_resource_list(std::string_view text, const std::string& group, const std::string& version,
                             Discovery& into);

}  // namespace salvor::kube
