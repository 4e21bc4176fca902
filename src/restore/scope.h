// Scope: which part of an archive a restore is about.
//
// An object is in scope in one of two ways. Directly: its kind, namespace and labels pass the spec's filters, and
// cluster-scoped kinds are wanted at all. Or as a related object: something in scope needs it (a pod its claims and its
// priority class, a claim its volume); then labels do not count, and cluster-scoped kinds are in unless they are
// switched off. Which related objects there are is found by reading pods and claims once, before anything else.
#pragma once

#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "archive/archive.h"
#include "backup/filter.h"
#include "kube/discovery.h"
#include "restore/plan.h"
#include "restore/request.h"

namespace salvor::restore {

struct ScopedKind {
  archive::Section section;
  kube::Resource resource;  // as the cluster serves it, or as the section describes it
  bool served = true;
  bool defined_here = false;  // not served, but the archive holds its definition and that is restored first
};

class Scope {
 public:
  static Result<Scope> make(const Request& request, const archive::Archive& archive, const kube::Discovery& discovery,
                            std::stop_token stop);

  // In the order of their restore, with at least one object that could be in scope.
  const std::vector<ScopedKind>& kinds() const { return kinds_; }
  // Namespaces of the archive that pass the filter.
  const std::set<std::string>& namespaces() const { return namespaces_; }
  // Whether every object of the kind in this namespace is in, whatever its text says.
  bool includes_all(const ScopedKind& kind, std::string_view ns) const;
  Result<bool> includes(const ScopedKind& kind, std::string_view ns, std::string_view name,
                        std::string_view text) const;
  // Whether a live object that the backup lacks lies in the restored scope.
  bool includes_live(const kube::Resource& resource) const;
  bool labels_fit(const Json& object) const;
  bool has_selectors() const;

  // What the rules need to know of the archive, and what was found missing on the way.
  RuleContext rules;
  std::vector<std::string> status_resources;
  std::vector<PlannedWarning> warnings;

 private:
  Scope(const Request& request, const archive::Archive& archive, const kube::Discovery& discovery,
        std::stop_token stop);
  Result<> find_namespaces();
  Result<> find_kinds(const kube::Discovery& discovery);
  Result<> find_service_accounts();
  Result<> find_related();
  Result<> follow(const ScopedKind& from);
  Result<> find_provisioned();
  Result<bool> is_defined_here(const archive::Section& section) const;

  bool directly(const archive::Section& section, std::string_view ns) const;
  bool as_related(std::string_view group_resource, std::string_view ns) const;
  const ScopedKind* kind(std::string_view group_resource) const;

  const RestoreSpec& spec_;
  const Priorities& priorities_;
  const archive::Archive& archive_;
  std::stop_token stop_;
  backup::IncludesExcludes resources_;
  backup::NamespaceFilter namespace_filter_;
  bool every_namespace_ = true;
  std::set<std::string> namespaces_;
  std::vector<ScopedKind> kinds_;
  std::set<Related> related_;
};

}  // namespace salvor::restore
