#include "kube/discovery.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "codec/json_access.h"

namespace salvor::kube {

namespace {

using codec::array_member;
using codec::text_member;
using codec::texts_member;

Resource aggregated_resource(const std::string& group, const std::string& version, const Json& entry) {
  Resource resource;
  resource.group = group;
  resource.version = version;
  resource.plural = text_member(entry, "resource");
  resource.singular = text_member(entry, "singularResource");
  resource.namespaced = text_member(entry, "scope") == "Namespaced";
  resource.verbs = texts_member(entry, "verbs");
  resource.short_names = texts_member(entry, "shortNames");
  resource.kind = codec::text_at(entry, {"responseKind", "kind"});
  for (const Json& sub : array_member(entry, "subresources"))
    resource.subresources.push_back(text_member(sub, "subresource"));
  return resource;
}

bool lists_resource(const Discovery& discovery, const std::string& group, const std::string& plural) {
  return std::any_of(discovery.resources.begin(), discovery.resources.end(),
                     [&](const Resource& r) { return r.group == group && r.plural == plural; });
}

void add_aggregated_version(const std::string& group, const Json& entry, Discovery& into) {
  const std::string version = text_member(entry, "version");
  const std::string group_version = group.empty() ? version : group + "/" + version;
  if (text_member(entry, "freshness") == "Stale") {
    into.failures.push_back({group_version, "the server that provides this group does not answer"});
  }
  for (const Json& item : array_member(entry, "resources")) {
    Resource resource = aggregated_resource(group, version, item);
    if (resource.plural.empty() || resource.kind.empty()) continue;
    // Versions come in order of preference: the first that has a resource is the preferred one.
    resource.preferred = !lists_resource(into, group, resource.plural);
    into.resources.push_back(std::move(resource));
  }
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

enum class GroupMatch { any, exact, prefix };

bool group_fits(const Resource& resource, const std::string& group, GroupMatch match) {
  switch (match) {
    case GroupMatch::any: return true;
    case GroupMatch::exact: return resource.group == group;
    case GroupMatch::prefix: return resource.group.starts_with(group);
  }
  return false;
}

const Resource* find_named(const Discovery& discovery, const std::string& name, const std::string& group,
                           GroupMatch match) {
  const auto first = [&](auto&& fits) -> const Resource* {
    for (const Resource& r : discovery.resources) {
      if (r.preferred && group_fits(r, group, match) && fits(r)) return &r;
    }
    return nullptr;
  };
  if (const Resource* r = first([&](const Resource& r) { return r.plural == name; })) return r;
  if (const Resource* r = first([&](const Resource& r) { return r.singular == name || lower(r.kind) == name; }))
    return r;
  return first([&](const Resource& r) {
    return std::find(r.short_names.begin(), r.short_names.end(), name) != r.short_names.end();
  });
}

}  // namespace

Result<> parse_aggregated_discovery(std::string_view text, Discovery& into) {
  const Json document = TRY(codec::parse_json(text));
  if (text_member(document, "kind") != "APIGroupDiscoveryList") {
    return Error(Code::unsupported, "the server does not answer aggregated discovery");
  }
  for (const Json& group : array_member(document, "items")) {
    const std::string name = codec::text_at(group, {"metadata", "name"});
    for (const Json& version : array_member(group, "versions")) add_aggregated_version(name, version, into);
  }
  return {};
}

Result<> parse_resource_list(std::string_view text, const std::string& group, const std::string& version,
                             Discovery& into) {
  const Json document = TRY(codec::parse_json(text));
  const Json& resources = array_member(document, "resources");
  for (const Json& entry : resources) {
    const std::string name = text_member(entry, "name");
    if (name.empty() || name.find('/') != std::string::npos) continue;
    Resource resource;
    resource.group = group;
    resource.version = version;
    resource.plural = name;
    resource.kind = text_member(entry, "kind");
    resource.singular = text_member(entry, "singularName");
    resource.namespaced = codec::bool_member(entry, "namespaced", false);
    resource.verbs = texts_member(entry, "verbs");
    resource.short_names = texts_member(entry, "shortNames");
    for (const Json& other : resources) {
      const std::string sub = text_member(other, "name");
      if (sub.starts_with(name + "/")) resource.subresources.push_back(sub.substr(name.size() + 1));
    }
    resource.preferred = !lists_resource(into, group, name);
    into.resources.push_back(std::move(resource));
  }
  return {};
}

Result<std::vector<GroupVersions>> parse_group_list(std::string_view text) {
  const Json document = TRY(codec::parse_json(text));
  std::vector<GroupVersions> groups;
  if (text_member(document, "kind") == "APIVersions")
    return std::vector<GroupVersions>{{"", texts_member(document, "versions")}};
  for (const Json& entry : array_member(document, "groups")) {
    GroupVersions group{text_member(entry, "name"), {}};
    const std::string preferred = codec::text_at(entry, {"preferredVersion", "version"});
    if (!preferred.empty()) group.versions.push_back(preferred);
    for (const Json& version : array_member(entry, "versions")) {
      const std::string name = text_member(version, "version");
      if (group.versions.empty() || name != group.versions.front()) group.versions.push_back(name);
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

std::vector<Resource> Discovery::preferred() const {
  std::vector<Resource> out;
  std::copy_if(resources.begin(), resources.end(), std::back_inserter(out),
               [](const Resource& r) { return r.preferred; });
  return out;
}

const Resource* Discovery::find(std::string_view name) const {
  const std::string wanted = lower(name);
  const std::size_t dot = wanted.find('.');
  if (dot == std::string::npos) return find_named(*this, wanted, "", GroupMatch::any);
  const std::string plural = wanted.substr(0, dot);
  const std::string group = wanted.substr(dot + 1);
  if (const Resource* exact = find_named(*this, plural, group, GroupMatch::exact)) return exact;
  return find_named(*this, plural, group, GroupMatch::prefix);
}

const Resource* Discovery::find_kind(std::string_view group, std::string_view kind) const {
  for (const Resource& r : resources) {
    if (r.preferred && r.group == group && r.kind == kind) return &r;
  }
  return nullptr;
}

const Resource* Discovery::find_exact(std::string_view group, std::string_view version, std::string_view plural) const {
  for (const Resource& r : resources) {
    if (r.group == group && r.version == version && r.plural == plural) return &r;
  }
  return nullptr;
}

}  // namespace salvor::kube
