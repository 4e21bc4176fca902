#include "backup/resource_policy.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "codec/json.h"
#include "codec/json_access.h"
#include "codec/yaml.h"

namespace salvor::backup {

namespace {

using codec::text_at;

Result<std::vector<std::string>> names_in(const Json& value, const std::string& field) {
  std::vector<std::string> names;
  if (value.is_null()) return names;
  if (!value.is_array()) return Error(Code::invalid, field + " is not a list");
  for (const Json& name : value) {
    if (!name.is_string()) return Error(Code::invalid, field + " holds something that is not a name");
    names.push_back(name.get<std::string>());
  }
  return names;
}

Result<IncludeExcludePolicy> parse_include_exclude(const Json& value) {
  IncludeExcludePolicy policy;
  const std::pair<std::string_view, std::vector<std::string>*> fields[] = {
      {"includedClusterScopedResources", &policy.included_cluster_scoped_resources},
      {"excludedClusterScopedResources", &policy.excluded_cluster_scoped_resources},
      {"includedNamespaceScopedResources", &policy.included_namespace_scoped_resources},
      {"excludedNamespaceScopedResources", &policy.excluded_namespace_scoped_resources},
  };
  if (!value.is_object()) return Error(Code::invalid, "includeExcludePolicy is not a mapping");
  for (const auto& [key, member] : value.items()) {
    const auto* field = std::ranges::find(fields, std::string_view(key), [](const auto& f) { return f.first; });
    if (field == std::end(fields)) return Error(Code::invalid, "includeExcludePolicy has no field \"" + key + "\"");
    *field->second = TRY(names_in(member, "includeExcludePolicy." + key));
  }
  return policy;
}

}  // namespace

Result<std::optional<IncludeExcludePolicy>> parse_resource_policy(std::string_view yaml) {
  const Json policy = TRY(codec::parse_yaml(yaml));
  if (!policy.is_object()) return Error(Code::invalid, "it is not a mapping");
  for (const auto& [key, member] : policy.items()) {
    if (key != "version" && key != "volumePolicies" && key != "includeExcludePolicy") {
      return Error(Code::invalid, "it has no field \"" + key + "\"");
    }
  }
  if (text_at(policy, {"version"}) != "v1") return Error(Code::invalid, "its version is not v1");
  const auto found = policy.find("includeExcludePolicy");
  if (found == policy.end() || found->is_null()) return std::optional<IncludeExcludePolicy>();
  return std::optional(TRY(parse_include_exclude(*found)));
}

Result<std::optional<IncludeExcludePolicy>> read_resource_policy(kube::Client& client, const kube::Discovery& discovery,
                                                                 const Backup& backup, std::stop_token stop) {
  if (backup.spec.rest.empty()) return std::optional<IncludeExcludePolicy>();
  const Json rest = TRY(codec::parse_json(backup.spec.rest));
  const std::string name = text_at(rest, {"resourcePolicy", "name"});
  if (name.empty()) return std::optional<IncludeExcludePolicy>();
  const std::string what = "resource policy ConfigMap " + backup.ns + "/" + name;
  const kube::Resource* config_maps = discovery.find_exact("", "v1", "configmaps");
  if (config_maps == nullptr) return Error(Code::unsupported, what + ": the cluster offers no ConfigMaps");
  Result<std::string> text = client.get(*config_maps, backup.ns, name, stop);
  if (!text.ok() && text.error().code() == Code::not_found) {
    return Error(Code::invalid, what + " does not exist")
        .hint("Create it, or leave --resource-policies-configmap out.");
  }
  const Json config_map = TRY(codec::parse_json(TRY(std::move(text).context(what))));
  const Json& data = codec::object_member(config_map, "data");
  if (data.size() != 1 || !data.begin()->is_string()) {
    return Error(Code::invalid, what + " holds " + std::to_string(data.size()) + " keys instead of one");
  }
  return parse_resource_policy(data.begin()->get_ref<const std::string&>()).context(what);
}

}  // namespace salvor::backup
