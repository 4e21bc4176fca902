// Asking a server what it offers: two aggregated documents on servers since 1.26, else one document per version.

#include <nlohmann/json.hpp>

#include "codec/json_access.h"
#include "kube/client.h"

namespace salvor::kube {

namespace {

constexpr std::string_view kAggregated =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,"
    "application/json";

std::string version_path(const std::string& group, const std::string& version) {
  return group.empty() ? "/api/" + version : "/apis/" + group + "/" + version;
}

}  // namespace

Result<ServerVersion> Client::version(std::stop_token stop) {
  const Json document = TRY(codec::parse_json(TRY(get_path("/version", "application/json", stop))));
  if (!document.is_object()) return Error(Code::invalid, "get /version: the answer is not a version document");
  return ServerVersion{codec::text_member(document, "major"), codec::text_member(document, "minor"),
                       codec::text_member(document, "gitVersion")};
}

Result<Discovery> Client::discover(std::stop_token stop) {
  Discovery discovery;
  for (const std::string root : {"/api", "/apis"}) {
    const std::string document = TRY(get_path(root, kAggregated, stop));
    if (parse_aggregated_discovery(document, discovery).ok()) continue;
    for (const GroupVersions& group : TRY(parse_group_list(document))) {
      for (const std::string& version : group.versions) {
        const std::string path = version_path(group.group, version);
        Result<std::string> list = get_path(path, "application/json", stop);
        Result<> parsed =
            list.ok() ? parse_resource_list(*list, group.group, version, discovery) : Result<>(std::move(list).error());
        if (parsed.ok()) continue;
        if (parsed.error().code() == Code::cancelled) return std::move(parsed).error();
        discovery.failures.push_back({path.substr(root.size() + 1), parsed.error().message()});
      }
    }
  }
  return discovery;
}

}  // namespace salvor::kube
