// Resource modifiers: the user's own changes to objects on their way into the cluster, from Velero's ConfigMap.
//
//   version: v1
//   resourceModifierRules:
//   - conditions:
//       groupResource: persistentvolumeclaims      # a glob in which '*' stops at dots
//       resourceNameRegex: "^mysql.*$"
//       namespaces: [bar, foo]
//       labelSelector: {matchLabels: {app: db}}
//       matches: [{path: /spec/storageClassName, value: premium}]
//     patches:                                     # or mergePatches or strategicPatches: [{patchData: ...}]
//     - {operation: replace, path: /spec/storageClassName, value: standard}
//
// Every rule is matched against the object as it was before the first rule, and applied to what the rules before it
// left.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json.h"

namespace salvor::restore {

class Modifiers {
 public:
  Modifiers();
  ~Modifiers();
  Modifiers(Modifiers&&) noexcept;
  Modifiers& operator=(Modifiers&&) noexcept;

  // From the ConfigMap's only value. Unknown members are `invalid`, and so is everything stock Velero refuses.
  static Result<Modifiers> parse(std::string_view yaml);
  // From the ConfigMap object: exactly one key.
  static Result<Modifiers> from_config_map(const Json& config_map);

  bool empty() const;
  // Applies what matches. Rules that fail leave the object as it was before them and are returned; the others hold.
  std::vector<Error> apply(Json& object, std::string_view group_resource) const;

 private:
  struct Rule;
  std::vector<Rule> rules_;
};

}  // namespace salvor::restore
