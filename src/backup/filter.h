// Filters: which names, namespaces and kinds a backup or a restore lets in.
//
// All of them rest on IncludesExcludes: patterns that let in and patterns that keep out. Keeping out wins; no
// letting-in pattern means everything. On top of it stand the namespace filter, whose patterns are expanded against
// the live namespaces, and the resource filter, which knows that cluster-scoped kinds follow other rules:
//
//                       directly listed ("includes")                    never, not even as a related item ("excludes")
//   old filters
//     clusterResources    false: none                                   all of them
//     clusterResources    true: by the patterns                         by the excluding patterns
//     clusterResources    unset: by the patterns, if every namespace    what the patterns do not let in
//                         is included; the kind Namespace always
//   new filters           included, not excluded, patterns; the kind    by the excluding patterns
//                         Namespace if not excluded; all if there are
//                         no patterns and no other restriction at all
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backup/spec.h"
#include "backup/wildcard.h"
#include "base/result.h"
#include "kube/discovery.h"

namespace salvor::backup {

class IncludesExcludes {
 public:
  IncludesExcludes() = default;
  IncludesExcludes(std::vector<std::string> includes, std::vector<std::string> excludes);

  // Kept in when no pattern excludes it and there is no include pattern, or "*", or one that matches.
  bool includes(std::string_view name) const;
  bool excludes(std::string_view name) const { return excluded_.matches(name); }
  // An include pattern matches; false without include patterns.
  bool names(std::string_view name) const { return included_.matches(name); }
  bool everything() const;

  // Sorted, without duplicates.
  const std::vector<std::string>& included() const { return included_.patterns; }
  const std::vector<std::string>& excluded() const { return excluded_.patterns; }

 private:
  struct Patterns {
    std::vector<std::string> patterns;
    std::vector<Glob> globs;  // up to the first pattern that is malformed, as Velero reads them
    bool matches(std::string_view name) const;
    bool has(std::string_view pattern) const;
  };
  static Patterns make_patterns(std::vector<std::string> patterns);

  Patterns included_, excluded_;
};

class NamespaceFilter {
 public:
  enum class Expand { yes, no };
  // A backup expands wildcards against the live namespaces, a restore matches them as patterns. Nothing is expanded
  // when the include list is empty or holds "*". `invalid` for a malformed pattern.
  static Result<NamespaceFilter> make(const std::vector<std::string>& included,
                                      const std::vector<std::string>& excluded, std::vector<std::string> live,
                                      Expand expand = Expand::yes);

  bool includes(std::string_view ns) const;
  // No restriction at all: nothing excluded, and "*", nothing, or every live namespace included.
  bool everything() const;
  // The namespaces to ask for, one LIST each; {""} stands for one LIST over all of them. May be empty.
  std::vector<std::string> scopes() const;
  const IncludesExcludes& patterns() const { return patterns_; }
  const std::vector<std::string>& live() const { return live_; }

 private:
  IncludesExcludes patterns_;
  std::vector<std::string> live_;  // sorted
  bool expanded_ = false;
};

// A resource as users name it (plural, singular, kind, short name, with or without group) that can be backed up: it
// can be listed, got, created and deleted. Null otherwise.
const kube::Resource* find_resource(const kube::Discovery& discovery, std::string_view name);
// LIST, GET, CREATE and DELETE: without one of them an object can be saved but not restored, or not be saved.
bool can_be_saved(const kube::Resource& resource);

// Names become group resources ("deploy" -> "deployments.apps"); what nobody knows stays as it is, so that a typing
// error does not turn into "everything". "*" is kept among the includes and dropped from the excludes.
IncludesExcludes resolve_resources(const kube::Discovery& discovery, const std::vector<std::string>& included,
                                   const std::vector<std::string>& excluded);

// The includeExcludePolicy of a resource policy; it adds to the new filters what these do not already decide.
struct IncludeExcludePolicy {
  std::vector<std::string> included_cluster_scoped_resources, excluded_cluster_scoped_resources;
  std::vector<std::string> included_namespace_scoped_resources, excluded_namespace_scoped_resources;
};

class ResourceFilter {
 public:
  // `spec` has its defaults (backup/spec.h). The discovery and the namespace filter are only used here.
  static ResourceFilter make(const BackupSpec& spec, const kube::Discovery& discovery,
                             const NamespaceFilter& namespaces, const IncludeExcludePolicy* policy = nullptr);

  // Listed directly.
  bool includes(const kube::Resource& resource) const;
  // Kept out even when a related object asks for it. Meaningful for cluster-scoped kinds.
  bool excludes(const kube::Resource& resource) const;
  // Why `includes` says no, for a person; empty when it says yes.
  std::string why_not(const kube::Resource& resource) const;

 private:
  bool old_rules_ = false;
  bool every_namespace_ = false;
  std::optional<bool> cluster_resources_;
  IncludesExcludes resources_;             // old filters
  IncludesExcludes namespaced_, cluster_;  // new filters
};

}  // namespace salvor::backup
