// Policies: those that a repository holds, and which of them count for a source.
//
// Each is a manifest with the label type=policy and labels that say whom it is for. For a source count, the nearest
// first: those of its path and of every directory above it, of its user on its host, of its host, of everybody.
// Directories below a source may have policies of their own; while it is saved they take the place of the source's
// policy altogether, unmerged: so stock does it.
//
// Kopia: snapshot/policy/policy_manager.go.
#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "repo/manifest_set.h"
#include "repo/repository.h"
#include "snapshot/policy.h"

namespace salvor::snapshot {

class Policies {
 public:
  Policies() = default;
  explicit Policies(const repo::ManifestSet& manifests);
  // Errors: those of Repository::manifests.
  static Result<Policies> load(repo::Repository& repository, std::stop_token stop);

  // The policy of a source; with an empty path that of a user, with an empty user that of a host, with nothing the
  // global one. `corrupt` when one that counts cannot be read.
  Result<EffectivePolicy> effective(const Source& source) const;
  // Those that are defined for directories and files below a source, by their path relative to it. Likewise.
  Result<std::map<std::string, const DefinedPolicy*> > below(const Source& source) const;

 private:
  struct Stored {
    std::string kind;  // the label policyType
    DefinedPolicy defined;
    std::string damage;  // why it is no policy; empty when it is one
  };
  Result<> append(const Source& target, std::vector<const DefinedPolicy*>& found) const;

  std::vector<Stored> all_;  // oldest first
};

// "(global)", "@host", "user@host", "user@host:/path".
std::string to_string(const Source& source);

}  // namespace salvor::snapshot
