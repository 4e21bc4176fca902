// Resource: one kind of object that a Kubernetes API serves, as discovery describes it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace salvor::kube {

struct Resource {
  std::string group;    // "" for the core group
  std::string version;  // "v1"
  std::string plural;   // "deployments"
  std::string kind;     // "Deployment"
  bool namespaced = false;
  std::vector<std::string> verbs;
  std::vector<std::string> short_names;
  std::string singular;
  std::vector<std::string> subresources;  // "status", "scale"
  bool preferred = true;                  // `version` is the group's preferred version for this resource

  bool operator==(const Resource&) const = default;

  // "deployments.apps", "pods": Velero's and kubectl's name of a resource, and the folder name in an archive.
  std::string group_resource() const { return group.empty() ? plural : plural + "." + group; }
  // "apps/v1", "v1": the apiVersion of its objects.
  std::string api_version() const { return group.empty() ? version : group + "/" + version; }
  bool has_verb(std::string_view verb) const {
    for (const std::string& v : verbs) {
      if (v == verb) return true;
    }
    return false;
  }
};

// Every byte outside RFC 3986's unreserved set as %XX.
std::string percent_encode(std::string_view text);

// The path of a collection or an object below the server's root: "/apis/apps/v1/namespaces/team/deployments/web".
// Empty `ns` for cluster-scoped resources or all namespaces, empty `name` for the collection. Percent-encodes.
std::string path_of(const Resource& resource, std::string_view ns, std::string_view name,
                    std::string_view subresource = {});

}  // namespace salvor::kube
