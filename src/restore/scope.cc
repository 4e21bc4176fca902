#include "restore/scope.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "codec/json_access.h"

namespace salvor::restore {
namespace {

using archive::Section;

// These carry data that other parts of a restore need, whatever the filters say.
bool must_have(std::string_view group_resource) {
  return group_resource == "datauploads.velero.io" ||
         group_resource == "volumesnapshotcontents.snapshot.storage.k8s.io";
}

std::string plural_of(const Section& section) {
  return section.group_resource.substr(0, section.group_resource.find('.'));
}
std::string group_of(const Section& section) {
  const std::size_t dot = section.group_resource.find('.');
  return dot == std::string::npos ? "" : section.group_resource.substr(dot + 1);
}

kube::Resource described_by(const Section& section) {
  kube::Resource resource;
  resource.group = group_of(section);
  resource.version = section.version;
  resource.plural = plural_of(section);
  resource.kind = section.kind;
  resource.namespaced = section.namespaced;
  return resource;
}

const kube::Resource* served(const Section& section, const kube::Discovery& discovery) {
  return discovery.find_exact(group_of(section), section.version, plural_of(section));
}

// Of a kind that was saved in several versions, the one to restore: the version that was preferred where it was saved
// if the cluster serves it, else one that the cluster serves.
const Section& choose_version(const std::vector<const Section*>& versions, const kube::Discovery& discovery) {
  const Section* chosen = versions.front();
  for (const Section* section : versions) {
    if (section->preferred) chosen = section;
  }
  if (served(*chosen, discovery) != nullptr) return *chosen;
  for (const Section* section : versions) {
    if (served(*section, discovery) != nullptr) return *section;
  }
  return *chosen;
}

}  // namespace

Scope::Scope(const Request& request, const archive::Archive& archive, const kube::Discovery& discovery,
             std::stop_token stop)
    : spec_(request.spec), priorities_(request.priorities), archive_(archive), stop_(stop) {
  std::vector<std::string> excluded = spec_.excluded_resources;
  excluded.insert(excluded.end(), never_restored().begin(), never_restored().end());
  resources_ = backup::resolve_resources(discovery, spec_.included_resources, excluded);
  rules.preserve_node_ports = spec_.preserve_node_ports.value_or(false);
  rules.namespace_mapping = spec_.namespace_mapping;
  rules.storage_classes = request.storage_classes;
  rules.image_parts = request.image_parts;
  rules.volume_methods = request.volume_methods;
}

Result<Scope> Scope::make(const Request& request, const archive::Archive& archive, const kube::Discovery& discovery,
                          std::stop_token stop) {
  Scope scope(request, archive, discovery, stop);
  TRY(scope.find_namespaces());
  TRY(scope.find_kinds(discovery));
  TRY(scope.find_service_accounts());
  TRY(scope.find_related());
  TRY(scope.find_provisioned());
  if (const auto& lists = request.spec.restore_status) {
    const backup::IncludesExcludes wanted = backup::resolve_resources(discovery, lists->included, lists->excluded);
    for (const ScopedKind& kind : scope.kinds_) {
      if (wanted.includes(kind.section.group_resource)) scope.status_resources.push_back(kind.section.group_resource);
    }
    std::sort(scope.status_resources.begin(), scope.status_resources.end());
  }
  return scope;
}

Result<> Scope::find_namespaces() {
  std::set<std::string> all;
  for (const Section& section : archive_.sections()) {
    if (!section.namespaced) continue;
    TRY(archive_.records(
        section,
        [&](const archive::Record& record) -> Result<> {
          if (all.empty() || *all.rbegin() != record.ns) all.insert(record.ns);
          return {};
        },
        stop_));
  }
  namespace_filter_ = TRY(
      backup::NamespaceFilter::make(spec_.included_namespaces, spec_.excluded_namespaces, {all.begin(), all.end()}));
  every_namespace_ = namespace_filter_.patterns().everything();
  for (const std::string& ns : all) {
    if (namespace_filter_.patterns().includes(ns)) namespaces_.insert(ns);
  }
  return {};
}

Result<> Scope::find_kinds(const kube::Discovery& discovery) {
  std::map<std::string, std::vector<const Section*>> versions;
  for (const Section& section : archive_.sections()) {
    if (!resources_.includes(section.group_resource) && !must_have(section.group_resource)) continue;
    versions[section.group_resource].push_back(&section);
  }
  std::vector<std::string> names;
  for (const auto& [name, sections] : versions) names.push_back(name);
  for (const std::string& name : restore_order(std::move(names), priorities_, discovery)) {
    const Section& section = choose_version(versions[name], discovery);
    ScopedKind kind{.section = section, .resource = described_by(section)};
    const kube::Resource* resource = served(section, discovery);
    kind.served = resource != nullptr;
    if (kind.served) kind.resource = *resource;
    if (!kind.served) kind.defined_here = TRY(is_defined_here(section));
    kinds_.push_back(std::move(kind));
  }
  return {};
}

Result<bool> Scope::is_defined_here(const Section& section) const {
  for (const Section& definitions : archive_.sections()) {
    if (definitions.group_resource != kDefinitions || !directly(definitions, "")) continue;
    if (TRY(archive_.find(definitions, "", section.group_resource, stop_))) return true;
  }
  return false;
}

Result<> Scope::find_service_accounts() {
  for (const Section& section : archive_.sections()) {
    if (section.group_resource != "serviceaccounts") continue;
    TRY(archive_.records(
        section,
        [&](const archive::Record& record) -> Result<> {
          rules.service_accounts.emplace(record.ns, record.name);
          return {};
        },
        stop_));
  }
  return {};
}

Result<> Scope::find_related() {
  // Pods first: they bring claims into scope, and claims bring volumes.
  for (const char* name : {"pods", "persistentvolumeclaims"}) {
    if (const ScopedKind* from = kind(name)) TRY(follow(*from));
  }
  return {};
}

Result<> Scope::follow(const ScopedKind& from) {
  std::set<Related> missing;  // said once, however many need it
  const auto visit = [&](const archive::Record& record, std::string_view text) -> Result<> {
    if (!TRY(includes(from, record.ns, record.name, text))) return {};
    auto object = codec::parse_json(text);
    if (!object.ok()) return {};  // the object itself will be reported
    if (reason_to_skip(from.section.group_resource, *object, rules)) return {};
    for (Related& needed : related_objects(from.section.group_resource, *object)) {
      if (related_.contains(needed)) continue;
      const ScopedKind* its_kind = kind(needed.group_resource);
      if (!as_related(needed.group_resource, needed.ns)) continue;
      if (its_kind == nullptr || !TRY(archive_.find(its_kind->section, needed.ns, needed.name, stop_))) {
        if (!missing.insert(needed).second) continue;
        warnings.push_back({needed.ns, from.section.group_resource + " \"" + record.name + "\" needs " +
                                           needed.group_resource + " \"" + needed.name +
                                           "\", which the backup does not hold"});
        continue;
      }
      related_.insert(std::move(needed));
    }
    return {};
  };
  return archive_.read_all(from.section, visit, stop_);
}

Result<> Scope::find_provisioned() {
  const ScopedKind* volumes = kind("persistentvolumes");
  if (volumes == nullptr) return {};
  const auto visit = [&](const archive::Record& record, std::string_view text) -> Result<> {
    if (!TRY(includes(*volumes, record.ns, record.name, text))) return {};
    auto volume = codec::parse_json(text);
    if (!volume.ok()) return {};
    switch (fate_of_volume(*volume, rules)) {
      case VolumeFate::as_it_is: break;
      case VolumeFate::provision_anew: rules.provisioned_anew.insert(record.name); break;
      case VolumeFate::native_snapshot:
        warnings.push_back({"", "PersistentVolume \"" + record.name +
                                    "\" is not restored: its data is in a volume snapshot of the storage provider"});
        break;
    }
    return {};
  };
  return archive_.read_all(volumes->section, visit, stop_);
}

bool Scope::directly(const Section& section, std::string_view ns) const {
  if (section.namespaced) {
    return must_have(section.group_resource) || namespaces_.contains(std::string(ns));
  }
  if (spec_.include_cluster_resources) return *spec_.include_cluster_resources;
  return every_namespace_;
}

bool Scope::as_related(std::string_view group_resource, std::string_view ns) const {
  if (!resources_.includes(group_resource) && !must_have(group_resource)) return false;
  if (!ns.empty()) return namespaces_.contains(std::string(ns));
  return spec_.include_cluster_resources.value_or(true);
}

const ScopedKind* Scope::kind(std::string_view group_resource) const {
  for (const ScopedKind& kind : kinds_) {
    if (kind.section.group_resource == group_resource) return &kind;
  }
  return nullptr;
}

bool Scope::has_selectors() const { return spec_.label_selector || !spec_.or_label_selectors.empty(); }

bool Scope::includes_all(const ScopedKind& kind, std::string_view ns) const {
  return directly(kind.section, ns) && (!has_selectors() || must_have(kind.section.group_resource));
}

Result<bool> Scope::includes(const ScopedKind& kind, std::string_view ns, std::string_view name,
                             std::string_view text) const {
  if (includes_all(kind, ns)) return true;
  const Related self{kind.section.group_resource, std::string(ns), std::string(name)};
  if (related_.contains(self)) return true;
  if (!directly(kind.section, ns)) return false;
  return labels_fit(TRY(codec::parse_json(text)));
}

bool Scope::includes_live(const kube::Resource& resource) const {
  if (!resources_.includes(resource.group_resource())) return false;
  if (resource.namespaced) return true;
  return spec_.include_cluster_resources.value_or(every_namespace_);
}

bool Scope::labels_fit(const Json& object) const {
  kube::Labels labels;
  for (const auto& [key, value] : codec::object_member(codec::object_member(object, "metadata"), "labels").items()) {
    if (value.is_string()) labels.emplace_back(key, value.get<std::string>());
  }
  if (spec_.label_selector && !spec_.label_selector->matches(labels)) return false;
  const auto& any = spec_.or_label_selectors;
  return any.empty() ||
         std::any_of(any.begin(), any.end(), [&](const auto& selector) { return selector.matches(labels); });
}

}  // namespace salvor::restore
