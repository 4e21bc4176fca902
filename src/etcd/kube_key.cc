#include "etcd/kube_key.h"

#include <algorithm>
#include <array>
#include <vector>

namespace salvor::etcd {

namespace {

constexpr std::string_view kPrefixes[] = {"/registry/", "/kubernetes.io/", "/openshift.io/"};

// Where a built-in kind lies, by its path below the prefix (kube-apiserver's pkg/registry and
// SpecialDefaultResourcePrefixes of its storage factory). Sorted by path.
struct BuiltIn {
  std::string_view path, resource, group;
  bool namespaced;
};

constexpr std::string_view kAdmission = "admissionregistration.k8s.io", kApps = "apps", kBatch = "batch",
                           kCertificates = "certificates.k8s.io", kDynamic = "resource.k8s.io",
                           kFlow = "flowcontrol.apiserver.k8s.io", kNet = "networking.k8s.io",
                           kRbac = "rbac.authorization.k8s.io", kSched = "scheduling.k8s.io",
                           kStorage = "storage.k8s.io";

constexpr BuiltIn kBuiltIns[] = {
    {"certificatesigningrequests", "certificatesigningrequests", kCertificates, false},
    {"clusterrolebindings", "clusterrolebindings", kRbac, false},
    {"clusterroles", "clusterroles", kRbac, false},
    {"clustertrustbundles", "clustertrustbundles", kCertificates, false},
    {"configmaps", "configmaps", "", true},
    {"controllerrevisions", "controllerrevisions", kApps, true},
    {"controllers", "replicationcontrollers", "", true},
    {"cronjobs", "cronjobs", kBatch, true},
    {"csidrivers", "csidrivers", kStorage, false},
    {"csinodes", "csinodes", kStorage, false},
    {"csistoragecapacities", "csistoragecapacities", kStorage, true},
    {"daemonsets", "daemonsets", kApps, true},
    {"deployments", "deployments", kApps, true},
    {"deviceclasses", "deviceclasses", kDynamic, false},
    {"devicetaintrules", "devicetaintrules", kDynamic, false},
    {"endpointslices", "endpointslices", "discovery.k8s.io", true},
    {"events", "events", "", true},
    {"flowschemas", "flowschemas", kFlow, false},
    {"horizontalpodautoscalers", "horizontalpodautoscalers", "autoscaling", true},
    {"ingress", "ingresses", kNet, true},
    {"ingressclasses", "ingressclasses", kNet, false},
    {"ipaddresses", "ipaddresses", kNet, false},
    {"jobs", "jobs", kBatch, true},
    {"leasecandidates", "leasecandidates", "coordination.k8s.io", true},
    {"leases", "leases", "coordination.k8s.io", true},
    {"limitranges", "limitranges", "", true},
    {"masterleases", "masterleases", "", false},
    {"minions", "nodes", "", false},
    {"mutatingadmissionpolicies", "mutatingadmissionpolicies", kAdmission, false},
    {"mutatingadmissionpolicybindings", "mutatingadmissionpolicybindings", kAdmission, false},
    {"mutatingwebhookconfigurations", "mutatingwebhookconfigurations", kAdmission, false},
    {"namespaces", "namespaces", "", false},
    {"networkpolicies", "networkpolicies", kNet, true},
    {"persistentvolumeclaims", "persistentvolumeclaims", "", true},
    {"persistentvolumes", "persistentvolumes", "", false},
    {"podcertificaterequests", "podcertificaterequests", kCertificates, true},
    {"poddisruptionbudgets", "poddisruptionbudgets", "policy", true},
    {"pods", "pods", "", true},
    {"podtemplates", "podtemplates", "", true},
    {"priorityclasses", "priorityclasses", kSched, false},
    {"prioritylevelconfigurations", "prioritylevelconfigurations", kFlow, false},
    {"ranges", "ranges", "", false},
    {"replicasets", "replicasets", kApps, true},
    {"resourceclaims", "resourceclaims", kDynamic, true},
    {"resourceclaimtemplates", "resourceclaimtemplates", kDynamic, true},
    {"resourcequotas", "resourcequotas", "", true},
    {"resourceslices", "resourceslices", kDynamic, false},
    {"rolebindings", "rolebindings", kRbac, true},
    {"roles", "roles", kRbac, true},
    {"runtimeclasses", "runtimeclasses", "node.k8s.io", false},
    {"secrets", "secrets", "", true},
    {"serviceaccounts", "serviceaccounts", "", true},
    {"servicecidrs", "servicecidrs", kNet, false},
    {"services/endpoints", "endpoints", "", true},
    {"services/specs", "services", "", true},
    {"statefulsets", "statefulsets", kApps, true},
    {"storageclasses", "storageclasses", kStorage, false},
    {"storageversionmigrations", "storageversionmigrations", "storagemigration.k8s.io", false},
    {"storageversions", "storageversions", "internal.apiserver.k8s.io", false},
    {"validatingadmissionpolicies", "validatingadmissionpolicies", kAdmission, false},
    {"validatingadmissionpolicybindings", "validatingadmissionpolicybindings", kAdmission, false},
    {"validatingwebhookconfigurations", "validatingwebhookconfigurations", kAdmission, false},
    {"volumeattachments", "volumeattachments", kStorage, false},
    {"volumeattributesclasses", "volumeattributesclasses", kStorage, false},
};
static_assert(std::ranges::is_sorted(kBuiltIns, {}, &BuiltIn::path));

const BuiltIn* find_built_in(std::string_view path) {
  const auto found = std::ranges::lower_bound(kBuiltIns, path, {}, &BuiltIn::path);
  return found != std::end(kBuiltIns) && found->path == path ? found : nullptr;
}

// Takes the part before the next '/' from the front; all of it when there is none.
std::string_view take_part(std::string_view& path) {
  const std::size_t slash = path.find('/');
  const std::string_view part = path.substr(0, slash);
  path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  return part;
}

std::string lowered(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// What is behind the resource: a namespace and a name, or a name. Names of RBAC may hold any character but '/'.
bool take_name(std::string_view rest, bool namespaced, KubeKey& key) {
  if (namespaced) {
    if (rest.find('/') == std::string_view::npos) return false;
    key.ns = take_part(rest);
    if (key.ns.empty()) return false;
  }
  key.name = rest;
  return !key.name.empty();
}

}  // namespace

std::optional<KubeKey> parse_kube_key(std::string_view key) {
  const auto prefix = std::ranges::find_if(kPrefixes, [&](std::string_view one) { return key.starts_with(one); });
  if (prefix == std::end(kPrefixes)) return std::nullopt;
  std::string_view rest = key.substr(prefix->size());
  const std::string_view first = take_part(rest);
  if (first.empty() || rest.empty()) return std::nullopt;
  KubeKey found;
  if (first.find('.') != std::string_view::npos) {
    found.group = first;
    found.resource = take_part(rest);
    const bool is_named = take_name(rest, rest.find('/') != std::string_view::npos, found);
    if (!is_named || found.resource.empty()) return std::nullopt;
    return found;
  }
  const BuiltIn* built_in = find_built_in(first);
  if (first == "services") {
    const std::string_view second = take_part(rest);
    built_in = find_built_in("services/" + std::string(second));
    if (!built_in) return std::nullopt;
  }
  found.resource = built_in ? built_in->resource : first;
  found.group = built_in ? built_in->group : "";
  const bool namespaced = built_in ? built_in->namespaced : rest.find('/') != std::string_view::npos;
  if (!take_name(rest, namespaced, found)) return std::nullopt;
  return found;
}

WantedResource parse_wanted_resource(std::string_view text) {
  const std::string lower = lowered(text);
  const std::size_t dot = lower.find('.');
  if (dot == std::string::npos) return {.resource = lower};
  return {.resource = lower.substr(0, dot), .group = lower.substr(dot + 1), .has_group = true};
}

Result<WantedObject> parse_wanted_object(std::string_view text) {
  const std::size_t first = text.find('/');
  if (first == std::string_view::npos || first == 0 || first + 1 == text.size()) {
    return Error(Code::invalid, "\"" + std::string(text) + "\" does not name an object")
        .hint("Write RESOURCE/NAMESPACE/NAME, or RESOURCE/NAME for an object without a namespace: secrets/shop/db.");
  }
  WantedObject wanted{.of = parse_wanted_resource(text.substr(0, first))};
  std::string_view rest = text.substr(first + 1);
  if (rest.find('/') != std::string_view::npos) wanted.ns = take_part(rest);
  wanted.name = rest;
  return wanted;
}

}  // namespace salvor::etcd
