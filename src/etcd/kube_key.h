// Kubernetes' keys in etcd: which object lies under a path.
//
//   /registry/secrets/shop/db                       built-in kinds: the resource without its group
//   /registry/services/specs/shop/web               the odd ones: services, endpoints, nodes, ...
//   /registry/example.com/widgets/shop/w            custom resources, and the kinds of apiextensions and
//   apiregistration
//
// The path does not tell the group of a built-in kind; the table here does. A built-in kind that is newer than the
// table is named by its path, without a group.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace salvor::etcd {

struct KubeKey {
  std::string resource, group, ns, name;

  std::string group_resource() const { return group.empty() ? resource : resource + "." + group; }
};

// Nothing when the key is none of an object: below another prefix than /registry and OpenShift's two, or too short.
std::optional<KubeKey> parse_kube_key(std::string_view key);

// What a user names: RESOURCE[.GROUP], or RESOURCE[.GROUP]/[NAMESPACE/]NAME.
struct WantedResource {
  std::string resource, group;
  bool has_group = false;
  bool names(const KubeKey& key) const { return key.resource == resource && (!has_group || key.group == group); }
};
struct WantedObject {
  WantedResource of;
  std::string ns, name;
};

// "deployments.apps"; upper case is taken for lower.
WantedResource parse_wanted_resource(std::string_view text);
// `invalid` when it does not name an object.
Result<WantedObject> parse_wanted_object(std::string_view text);

}  // namespace salvor::etcd
