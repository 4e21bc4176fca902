#include "restore/order.h"

#include <algorithm>
#include <set>

namespace salvor::restore {
namespace {

constexpr std::string_view kSeparator = "-";

std::string resolved(const std::string& name, const kube::Discovery& discovery) {
  const kube::Resource* resource = discovery.find(name);
  return resource != nullptr ? resource->group_resource() : name;
}

}  // namespace

Priorities Priorities::standard() {
  return {.high = {"customresourcedefinitions",
                   "namespaces",
                   "storageclasses",
                   "volumesnapshotclass.snapshot.storage.k8s.io",
                   "volumesnapshotcontents.snapshot.storage.k8s.io",
                   "volumesnapshots.snapshot.storage.k8s.io",
                   "datauploads.velero.io",
                   "persistentvolumes",
                   "persistentvolumeclaims",
                   "clusterroles",
                   "roles",
                   "serviceaccounts",
                   "clusterrolebindings",
                   "rolebindings",
                   "secrets",
                   "configmaps",
                   "limitranges",
                   "priorityclasses",
                   "pods",
                   "replicasets.apps",
                   "clusterclasses.cluster.x-k8s.io",
                   "endpoints",
                   "services"},
          .low = {"clusterbootstraps.run.tanzu.vmware.com", "clusters.cluster.x-k8s.io",
                  "clusterresourcesets.addons.cluster.x-k8s.io", "apps.kappctrl.k14s.io",
                  "packageinstalls.packaging.carvel.dev"}};
}

Result<Priorities> Priorities::parse(std::string_view text) {
  if (text.empty()) return standard();
  Priorities parsed;
  bool low = false;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view name = text.substr(begin, end - begin);
    begin = end + 1;
    if (name == kSeparator) {
      if (low) return Error(Code::invalid, "restore priorities \"" + std::string(text) + "\" hold two dashes");
      low = true;
    } else if (!name.empty()) {
      (low ? parsed.low : parsed.high).emplace_back(name);
    }
  }
  return parsed;
}

std::vector<std::string> restore_order(std::vector<std::string> group_resources, const Priorities& priorities,
                                       const kube::Discovery& discovery) {
  std::sort(group_resources.begin(), group_resources.end());
  std::set<std::string> left(group_resources.begin(), group_resources.end());
  std::vector<std::string> order, last;
  const auto take = [&left](const std::string& name, std::vector<std::string>& into) {
    if (left.erase(name) != 0) into.push_back(name);
  };
  take(std::string(kDefinitions), order);
  for (const std::string& name : priorities.high) take(resolved(name, discovery), order);
  for (const std::string& name : priorities.low) take(resolved(name, discovery), last);
  order.insert(order.end(), left.begin(), left.end());
  order.insert(order.end(), last.begin(), last.end());
  return order;
}

}  // namespace salvor::restore
