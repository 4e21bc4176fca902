#include "backup/filter.h"

#include <algorithm>

#include "backup/related.h"

namespace salvor::backup {

namespace {

void sort_unique(std::vector<std::string>& names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

enum class Scope { namespaced, cluster };

// The new filters keep only the names of their own scope; a name of the other scope is not an error, it is nothing.
std::vector<std::string> resolve_scoped(const kube::Discovery& discovery, const std::vector<std::string>& names,
                                        Scope scope) {
  std::vector<std::string> out;
  for (const std::string& name : names) {
    const kube::Resource* resource = name == "*" ? nullptr : find_resource(discovery, name);
    if (resource == nullptr) {
      out.push_back(name);
    } else if (resource->namespaced == (scope == Scope::namespaced)) {
      out.push_back(resource->group_resource());
    }
  }
  return out;
}

// What the policy says counts where the user's own filter says nothing; its excludes come first.
IncludesExcludes add_policy(const IncludesExcludes& filter, const std::vector<std::string>& included,
                            const std::vector<std::string>& excluded) {
  IncludesExcludes out = filter;
  for (const std::string& name : excluded) {
    if (out.names(name) || out.excludes(name)) continue;
    std::vector<std::string> more = out.excluded();
    more.push_back(name);
    out = IncludesExcludes(out.included(), std::move(more));
  }
  for (const std::string& name : included) {
    if (out.names(name) || out.excludes(name)) continue;
    std::vector<std::string> more = out.included();
    more.push_back(name);
    out = IncludesExcludes(std::move(more), out.excluded());
  }
  return out;
}

bool holds_star(const std::vector<std::string>& names) {
  return std::find(names.begin(), names.end(), "*") != names.end();
}

}  // namespace

IncludesExcludes::Patterns IncludesExcludes::make_patterns(std::vector<std::string> patterns) {
  sort_unique(patterns);
  Patterns out;
  for (const std::string& pattern : patterns) {
    Result<Glob> glob = Glob::compile(pattern);
    if (!glob) break;
    out.globs.push_back(std::move(*glob));
  }
  out.patterns = std::move(patterns);
  return out;
}

bool IncludesExcludes::Patterns::matches(std::string_view name) const {
  return std::any_of(globs.begin(), globs.end(), [&](const Glob& glob) { return glob.matches(name); });
}

bool IncludesExcludes::Patterns::has(std::string_view pattern) const {
  return std::binary_search(patterns.begin(), patterns.end(), pattern, std::less<>());
}

IncludesExcludes::IncludesExcludes(std::vector<std::string> includes, std::vector<std::string> excludes)
    : included_(make_patterns(std::move(includes))), excluded_(make_patterns(std::move(excludes))) {}

bool IncludesExcludes::includes(std::string_view name) const {
  if (excluded_.matches(name)) return false;
  return included_.patterns.empty() || included_.has("*") || included_.matches(name);
}

bool IncludesExcludes::everything() const {
  return excluded_.patterns.empty() &&
         (included_.patterns.empty() || (included_.patterns.size() == 1 && included_.has("*")));
}

Result<NamespaceFilter> NamespaceFilter::make(const std::vector<std::string>& included,
                                              const std::vector<std::string>& excluded, std::vector<std::string> live,
                                              Expand expand) {
  NamespaceFilter filter;
  sort_unique(live);
  filter.live_ = std::move(live);
  const bool any_wildcard = std::any_of(included.begin(), included.end(), has_wildcard) ||
                            std::any_of(excluded.begin(), excluded.end(), has_wildcard);
  filter.expanded_ = expand == Expand::yes && !included.empty() && any_wildcard && !holds_star(included);
  if (filter.expanded_) {
    filter.patterns_ = IncludesExcludes(TRY(expand_namespaces(included, filter.live_)),
                                        TRY(expand_namespaces(excluded, filter.live_)));
  } else {
    filter.patterns_ = IncludesExcludes(included, excluded);
  }
  return filter;
}

bool NamespaceFilter::includes(std::string_view ns) const {
  // Patterns that match no live namespace mean none, where an empty list would mean all.
  if (expanded_ && patterns_.included().empty()) return false;
  return patterns_.includes(ns);
}

bool NamespaceFilter::everything() const {
  // This includes patterns that match nothing, as Velero has it: then no namespace is saved, but, for want of another
  // restriction, every cluster-scoped object.
  return patterns_.everything() || (patterns_.excluded().empty() && patterns_.included() == live_);
}

std::vector<std::string> NamespaceFilter::scopes() const {
  // The empty name is "no namespace"; asking for it lists everything, and each object's own namespace decides.
  const auto& names = patterns_.included();
  if (includes("*") || std::find(names.begin(), names.end(), "") != names.end()) return {""};
  std::vector<std::string> out;
  for (const std::string& name : patterns_.included()) {
    if (includes(name)) out.push_back(name);
  }
  return out;
}

bool can_be_saved(const kube::Resource& resource) {
  return resource.has_verb("list") && resource.has_verb("create") && resource.has_verb("get") &&
         resource.has_verb("delete");
}

const kube::Resource* find_resource(const kube::Discovery& discovery, std::string_view name) {
  const kube::Resource* found = discovery.find(name);
  return found != nullptr && can_be_saved(*found) ? found : nullptr;
}

IncludesExcludes resolve_resources(const kube::Discovery& discovery, const std::vector<std::string>& included,
                                   const std::vector<std::string>& excluded) {
  const auto resolve = [&](const std::vector<std::string>& names, bool keep_star) {
    std::vector<std::string> out;
    for (const std::string& name : names) {
      if (name == "*") {
        if (keep_star) out.push_back(name);
        continue;
      }
      const kube::Resource* resource = find_resource(discovery, name);
      const std::string resolved = resource == nullptr ? name : resource->group_resource();
      if (!resolved.empty()) out.push_back(resolved);
    }
    return out;
  };
  return IncludesExcludes(resolve(included, true), resolve(excluded, false));
}

ResourceFilter ResourceFilter::make(const BackupSpec& spec, const kube::Discovery& discovery,
                                    const NamespaceFilter& namespaces, const IncludeExcludePolicy* policy) {
  ResourceFilter filter;
  filter.old_rules_ = spec.uses_old_filters();
  filter.every_namespace_ = namespaces.everything();
  filter.cluster_resources_ = spec.include_cluster_resources;
  if (filter.old_rules_) {
    filter.resources_ = resolve_resources(discovery, spec.included_resources, spec.excluded_resources);
    return filter;
  }
  const auto scoped = [&](const std::vector<std::string>& names, Scope scope) {
    return resolve_scoped(discovery, names, scope);
  };
  filter.namespaced_ = IncludesExcludes(scoped(spec.included_namespace_scoped_resources, Scope::namespaced),
                                        scoped(spec.excluded_namespace_scoped_resources, Scope::namespaced));
  filter.cluster_ = IncludesExcludes(scoped(spec.included_cluster_scoped_resources, Scope::cluster),
                                     scoped(spec.excluded_cluster_scoped_resources, Scope::cluster));
  if (policy != nullptr) {
    filter.namespaced_ =
        add_policy(filter.namespaced_, scoped(policy->included_namespace_scoped_resources, Scope::namespaced),
                   scoped(policy->excluded_namespace_scoped_resources, Scope::namespaced));
    filter.cluster_ = add_policy(filter.cluster_, scoped(policy->included_cluster_scoped_resources, Scope::cluster),
                                 scoped(policy->excluded_cluster_scoped_resources, Scope::cluster));
  }
  return filter;
}

bool ResourceFilter::includes(const kube::Resource& resource) const { return why_not(resource).empty(); }

std::string ResourceFilter::why_not(const kube::Resource& resource) const {
  const std::string name = resource.group_resource();
  if (old_rules_) {
    if (!resource.namespaced && cluster_resources_ == false)
      return "cluster-scoped, and includeClusterResources is false";
    if (!resource.namespaced && !cluster_resources_ && !every_namespace_ && !is_namespace_kind(resource)) {
      return "cluster-scoped, and only some namespaces are included";
    }
    return resources_.includes(name) ? "" : "kept out by the included and excluded resources";
  }
  if (resource.namespaced) {
    return namespaced_.includes(name) ? "" : "kept out by the namespace-scoped resource filters";
  }
  if (cluster_.excludes(name)) return "kept out by the excluded cluster-scoped resources";
  const bool unrestricted =
      cluster_.included().empty() && cluster_.excluded().empty() && every_namespace_ && namespaced_.everything();
  if (unrestricted || cluster_.names(name) || is_namespace_kind(resource)) return "";
  return "cluster-scoped, and not among the included cluster-scoped resources";
}

bool ResourceFilter::excludes(const kube::Resource& resource) const {
  const std::string name = resource.group_resource();
  if (!old_rules_) return (resource.namespaced ? namespaced_ : cluster_).excludes(name);
  if (resources_.excludes(name)) return true;
  if (resource.namespaced || cluster_resources_ == true) return false;
  return cluster_resources_ == false || !resources_.includes(name);
}

}  // namespace salvor::backup
