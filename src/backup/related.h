// Related items: what an object needs beside itself, and what of it is not stored.
//
//   Pod             -> its PersistentVolumeClaims, its PriorityClass
//   PersistentVolumeClaim (bound) -> its PersistentVolume; the running pods that mount it; the claims of its volume
//   group ServiceAccount  -> the ClusterRoleBindings that name it, and the roles these refer to (as ClusterRoles)
//   custom resource -> its CustomResourceDefinition, when the filters neither include nor exclude CRDs
//
// RoleBindings and Roles are not pulled in: they live in the namespace. Velero also has a rule that stores CRDs as
// v1beta1 when they look like it; no server since Kubernetes 1.22 offers that version, so it never applies.
//
// Related items pass selectors and need not be listed by the cluster-scoped filters, but must not be excluded by them,
// and a namespaced one must pass the namespace and the resource filter. The exclude label and deletion count as ever.
//
// Everything here is a pure function of one object. Only the kinds above are parsed, and only when a rule is on.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kube/object_head.h"
#include "kube/resource.h"

namespace salvor::backup {

struct ObjectRef {
  std::string group_resource;
  std::string ns;  // "" for cluster-scoped
  std::string name;
  auto operator<=>(const ObjectRef&) const = default;
};

constexpr std::string_view kPods = "pods";
constexpr std::string_view kClaims = "persistentvolumeclaims";
constexpr std::string_view kVolumes = "persistentvolumes";
constexpr std::string_view kPriorityClasses = "priorityclasses.scheduling.k8s.io";
constexpr std::string_view kServiceAccounts = "serviceaccounts";
constexpr std::string_view kClusterRoleBindings = "clusterrolebindings.rbac.authorization.k8s.io";
constexpr std::string_view kClusterRoles = "clusterroles.rbac.authorization.k8s.io";
constexpr std::string_view kDefinitions = "customresourcedefinitions.apiextensions.k8s.io";
constexpr std::string_view kNamespaces = "namespaces";
inline bool is_namespace_kind(const kube::Resource& resource) {
  return resource.group.empty() && resource.plural == kNamespaces;
}

// The rules that can bring in something the listings do not bring anyway.
struct RelatedRules {
  bool pod_claims = false, pod_priority_class = false;
  bool claim_volume = false, claim_pods = false, claim_group = false;
  bool account_bindings = false, account_roles = false;
  bool definitions = false;
  std::string group_label;  // volumeGroupSnapshotLabelKey

  bool reads_pods() const { return pod_claims || pod_priority_class || claim_pods; }
  bool reads_bindings() const { return account_bindings || account_roles; }
};

struct PodFacts {
  std::vector<std::string> claims;
  std::string priority_class;
  bool running = false;  // scheduled to a node and in phase Running
};
Result<PodFacts> read_pod(std::string_view text);

struct ClaimFacts {
  bool bound = false;  // phase Bound and a volume named
  std::string volume;
  std::string group;  // value of the group label
};
Result<ClaimFacts> read_claim(std::string_view text, std::string_view group_label);

struct BindingFacts {
  std::string role;
  std::vector<std::pair<std::string, std::string>> accounts;  // (namespace, name)
};
Result<BindingFacts> read_binding(std::string_view text);

// The claim as it is stored, or nothing when it is stored as it is. Only a bound claim changes: dataSource and
// dataSourceRef go (a restored volume has its data), the selector goes unless storageClassName is "" (or keeps only
// what is not velero.io/*), and so do labels that earlier backups and restores left behind.
Result<std::optional<std::string>> stored_claim(std::string_view text, std::string_view backup_name);

}  // namespace salvor::backup
