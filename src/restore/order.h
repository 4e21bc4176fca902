// The order in which kinds are restored: what others need comes first (definitions, namespaces, volumes, permissions,
// configuration), then everything else by name, then what must wait until all is there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kube/discovery.h"

namespace salvor::restore {

inline constexpr std::string_view kDefinitions = "customresourcedefinitions.apiextensions.k8s.io";

struct Priorities {
  std::vector<std::string> high, low;  // as users write them: "pods", "deploy", "replicasets.apps"

  // Velero's order.
  static Priorities standard();
  // "a,b,-,z": high ones, then low ones after the dash. The empty text is the standard order.
  static Result<Priorities> parse(std::string_view text);
};

// `group_resources` in the order of their restore; definitions always lead. Names in `priorities` are resolved through
// `discovery`; those it does not know are taken as they are.
std::vector<std::string> restore_order(std::vector<std::string> group_resources, const Priorities& priorities,
                                       const kube::Discovery& discovery);

}  // namespace salvor::restore
