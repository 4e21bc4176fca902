// What strategic merge patch knows of the built-in kinds: which lists are merged and by which member of their elements,
// and which objects are replaced whole. Facts from the patchStrategy and patchMergeKey tags of k8s.io/api.
#pragma once

#include <string_view>

namespace salvor::kube {

enum class MergeStrategy {
  standard,  // objects are merged, lists replaced
  merge,     // the list is merged, by `key` or, when that is empty, as a set of plain values
  replace,   // the object is replaced
};

struct PatchField {
  MergeStrategy strategy = MergeStrategy::standard;
  std::string_view key;   // merge key of the list's elements
  std::string_view type;  // of the object or of the list's elements; empty when nothing below has a rule
};

// The type of a kind's documents; empty for kinds that are not Kubernetes' own.
std::string_view patch_type(std::string_view api_version, std::string_view kind);
// The rule of a member of a type; the standard one when there is none.
PatchField patch_field(std::string_view type, std::string_view member);

}  // namespace salvor::kube
