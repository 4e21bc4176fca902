// The resource policy of a Backup: a ConfigMap beside it whose includeExcludePolicy adds to the filters by scope.
//
// Read as Velero's server reads it (internal/resourcepolicies): one key, YAML, version v1, no field that it does not
// know. Its volumePolicies concern volume data and are kept for those who save volumes.
#pragma once

#include <optional>
#include <stop_token>
#include <string_view>

#include "backup/filter.h"
#include "backup/spec.h"
#include "kube/client.h"

namespace salvor::backup {

// Nothing when the policy says nothing about which resources to take. `invalid` names the field.
Result<std::optional<IncludeExcludePolicy>> parse_resource_policy(std::string_view yaml);

// What spec.resourcePolicy names, in the Backup's namespace; nothing when it names nothing. Errors: invalid (no such
// ConfigMap, or not a policy) and those of the call.
Result<std::optional<IncludeExcludePolicy>> read_resource_policy(kube::Client& client, const kube::Discovery& discovery,
                                                                 const Backup& backup, std::stop_token stop);

}  // namespace salvor::backup
