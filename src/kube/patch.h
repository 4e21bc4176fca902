// The three ways of changing an object that the Kubernetes API knows, computed here as the API server computes them.
//
//   JSON patch       RFC 6902: a list of operations; "-1" and other negative indices count from a list's end
//   merge patch      RFC 7386: members replace members, null removes, lists are replaced whole
//   strategic patch  a merge patch that knows the built-in kinds: lists with a merge key are merged by it, and
//                    directives ($patch, $retainKeys, $deleteFromPrimitiveList, $setElementOrder) steer the merge
//
// A failed patch leaves its document in an unspecified state: patch a copy when the original still matters.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/json.h"

namespace salvor::kube {

// Errors: `conflict` when a "test" does not hold, `not_found` when a path leads nowhere, `invalid` when the patch
// itself is wrong.
Result<> apply_json_patch(Json& document, const Json& operations);

void apply_merge_patch(Json& document, const Json& patch);
// The merge patch that makes `to` of `from`; empty object when they are equal. A member that is null in `to` cannot be
// expressed and counts as absent.
Json create_merge_patch(const Json& from, const Json& to);

// True for the kinds of Kubernetes itself. Custom and aggregated kinds have no strategic patch: the server answers 415.
bool has_strategic_patch(std::string_view api_version, std::string_view kind);
// Errors: `unsupported` for other kinds, `invalid` when a directive or the patch's shape is wrong.
Result<> apply_strategic_patch(Json& document, const Json& patch, std::string_view api_version, std::string_view kind);

}  // namespace salvor::kube
