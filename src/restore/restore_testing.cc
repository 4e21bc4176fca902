#include "restore/restore_testing.h"

#include <algorithm>

#include "codec/json_access.h"
#include "kube/patch.h"

namespace salvor::restore::testing {
namespace {

using archive::Record;
using archive::Section;
using codec::text_at;
using codec::text_member;

constexpr const char* kDefinitionKind = "customresourcedefinitions.apiextensions.k8s.io";

struct KnownKind {
  const char *api_version, *kind, *plural;
  bool namespaced;
};

constexpr KnownKind kKnown[] = {
    {"v1", "Namespace", "namespaces", false},
    {"v1", "Secret", "secrets", true},
    {"v1", "ConfigMap", "configmaps", true},
    {"v1", "Pod", "pods", true},
    {"v1", "Service", "services", true},
    {"v1", "ServiceAccount", "serviceaccounts", true},
    {"v1", "PersistentVolume", "persistentvolumes", false},
    {"v1", "PersistentVolumeClaim", "persistentvolumeclaims", true},
    {"v1", "Node", "nodes", false},
    {"apps/v1", "Deployment", "deployments", true},
    {"apps/v1", "ReplicaSet", "replicasets", true},
    {"batch/v1", "Job", "jobs", true},
    {"scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", false},
    {"storage.k8s.io/v1", "StorageClass", "storageclasses", false},
    {"rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings", true},
    {"rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", false},
    {"apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", false},
    {"example.com/v1", "Widget", "widgets", true},  // offered only once its definition is there
};

kube::Resource resource_from(const KnownKind& known) {
  kube::Resource resource;
  const std::string api_version = known.api_version;
  const std::size_t slash = api_version.find('/');
  resource.group = slash == std::string::npos ? "" : api_version.substr(0, slash);
  resource.version = slash == std::string::npos ? api_version : api_version.substr(slash + 1);
  resource.plural = known.plural;
  resource.kind = known.kind;
  resource.namespaced = known.namespaced;
  resource.verbs = {"create", "delete", "get", "list", "patch", "update", "watch"};
  return resource;
}

std::optional<kube::Resource> known_resource(const Json& object) {
  for (const KnownKind& known : kKnown) {
    if (text_member(object, "apiVersion") == known.api_version && text_member(object, "kind") == known.kind) {
      return resource_from(known);
    }
  }
  return std::nullopt;
}

}  // namespace

Json make(const std::string& api_version, const std::string& kind, const std::string& ns, const std::string& name,
          Json members) {
  Json object = {{"apiVersion", api_version}, {"kind", kind}, {"metadata", {{"name", name}}}};
  if (!ns.empty()) object["metadata"]["namespace"] = ns;
  object.merge_patch(members);
  return object;
}

// ---- MemoryArchive ----

void MemoryArchive::add(const Json& object) {
  const auto resource = known_resource(object);
  CHECK(resource.has_value());
  add_text({.group_resource = resource->group_resource(),
            .version = resource->version,
            .kind = resource->kind,
            .namespaced = resource->namespaced},
           text_at(object, {"metadata", "namespace"}), text_at(object, {"metadata", "name"}), codec::dump_json(object));
}

void MemoryArchive::add_text(const Section& section, const std::string& ns, const std::string& name, std::string text) {
  auto found = std::find_if(sections_.begin(), sections_.end(),
                            [&](const Section& other) { return other.group_resource == section.group_resource; });
  if (found == sections_.end()) found = sections_.insert(sections_.end(), section);
  if (objects_[section.group_resource].insert_or_assign({ns, name}, std::move(text)).second) ++found->objects;
}

const MemoryArchive::Objects& MemoryArchive::objects(const Section& section) const {
  static const Objects none;
  const auto found = objects_.find(section.group_resource);
  return found == objects_.end() ? none : found->second;
}

Result<> MemoryArchive::records(const Section& section, const std::function<Result<>(const Record&)>& visit,
                                std::stop_token) const {
  for (const auto& [key, text] : objects(section)) TRY(visit({.ns = key.first, .name = key.second}));
  return {};
}

Result<std::optional<Record>> MemoryArchive::find(const Section& section, std::string_view ns, std::string_view name,
                                                  std::stop_token) const {
  const auto found = objects(section).find({std::string(ns), std::string(name)});
  if (found == objects(section).end()) return std::optional<Record>();
  return std::optional<Record>(Record{.ns = found->first.first, .name = found->first.second});
}

Result<std::string> MemoryArchive::read(const Section& section, const Record& record, std::stop_token) const {
  return objects(section).at({record.ns, record.name});
}

Result<> MemoryArchive::read_all(const Section& section,
                                 const std::function<Result<>(const Record&, std::string_view)>& visit,
                                 std::stop_token) const {
  for (const auto& [key, text] : objects(section)) TRY(visit({.ns = key.first, .name = key.second}, text));
  return {};
}

Result<archive::Archive::Verified> MemoryArchive::verify(const std::function<void(const std::string&)>&,
                                                         const std::function<void(std::uint64_t, std::uint64_t)>&,
                                                         std::stop_token) const {
  return Verified{};
}

// ---- MemoryCluster ----

MemoryCluster::MemoryCluster() {
  state_.with([](State& state) {
    for (const KnownKind& known : kKnown) {
      if (std::string(known.plural) != "widgets") state.resources.push_back(resource_from(known));
    }
  });
}

const kube::Resource* MemoryCluster::resource_of(const Json& object) const {
  return state_.with([&](State& state) -> const kube::Resource* {
    for (const kube::Resource& resource : state.resources) {
      if (resource.api_version() == text_member(object, "apiVersion") && resource.kind == text_member(object, "kind")) {
        return &resource;
      }
    }
    return nullptr;
  });
}

Json MemoryCluster::stored(State& state, const kube::Resource& resource, Json object) const {
  Json& metadata = object["metadata"];
  metadata["uid"] = "uid-" + std::to_string(state.next_version);
  metadata["resourceVersion"] = std::to_string(state.next_version++);
  metadata["creationTimestamp"] = "2026-01-01T00:00:00Z";
  if (resource.plural == "services" && text_at(object, {"spec", "clusterIP"}).empty()) {
    object["spec"]["clusterIP"] = "10.0.0." + std::to_string(state.next_version);
  }
  if (resource.group_resource() == kDefinitionKind) {
    for (const char* type : {"NamesAccepted", "Established"}) {
      object["status"]["conditions"].push_back({{"type", type}, {"status", "True"}});
    }
    for (const KnownKind& known : kKnown) {
      if (resource_from(known).group_resource() == text_at(object, {"metadata", "name"})) {
        state.resources.push_back(resource_from(known));
      }
    }
  }
  return object;
}

void MemoryCluster::put(Json object) {
  const auto resource = known_resource(object);
  CHECK(resource.has_value());
  state_.with([&](State& state) {
    const Key key{text_at(object, {"metadata", "namespace"}), text_at(object, {"metadata", "name"})};
    if (!key.first.empty()) {
      auto& namespaces = state.objects["namespaces"];
      if (!namespaces.contains({"", key.first})) {
        namespaces[{"", key.first}] = stored(state, resource_from(kKnown[0]), make("v1", "Namespace", "", key.first));
      }
    }
    state.objects[resource->group_resource()][key] = stored(state, *resource, std::move(object));
  });
}

void MemoryCluster::erase(const std::string& group_resource, const std::string& ns, const std::string& name) {
  state_.with([&](State& state) { state.objects[group_resource].erase({ns, name}); });
}

Json MemoryCluster::object(const std::string& group_resource, const std::string& ns, const std::string& name) const {
  return state_.with([&](State& state) -> Json {
    const auto& objects = state.objects[group_resource];
    const auto found = objects.find({ns, name});
    return found == objects.end() ? Json() : found->second;
  });
}

std::size_t MemoryCluster::size() const {
  return state_.with([](State& state) {
    std::size_t count = 0;
    for (const auto& [name, objects] : state.objects) count += objects.size();
    return count;
  });
}

void MemoryCluster::terminate(const std::string& ns, int looks) {
  state_.with([&](State& state) {
    state.objects["namespaces"].at({"", ns})["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
    state.looks_left[ns] = looks;
  });
}

void MemoryCluster::set_warnings(kube::Warnings warnings) {
  state_.with([&](State& state) { state.warnings = std::move(warnings); });
}

void MemoryCluster::set_fault(Fault fault) {
  state_.with([&](State& state) { state.fault = std::move(fault); });
}

std::map<std::string, int> MemoryCluster::requests() const {
  return state_.with([](State& state) { return state.requests; });
}

void MemoryCluster::look(State& state, const std::string& ns) {
  const auto leaving = state.looks_left.find(ns);
  if (leaving == state.looks_left.end() || --leaving->second > 0) return;
  state.looks_left.erase(leaving);
  state.objects["namespaces"].erase({"", ns});
  for (auto& [name, objects] : state.objects)
    std::erase_if(objects, [&](const auto& item) { return item.first.first == ns; });
}

Result<> MemoryCluster::before(State& state, std::string_view verb, const kube::Resource& resource, std::string_view ns,
                               std::string_view name) const {
  ++state.requests[std::string(verb)];
  if (state.fault) {
    if (auto error = state.fault(verb, resource.group_resource(), ns, name)) return std::move(*error);
  }
  if (resource.plural == "namespaces" && verb == "get") look(state, std::string(name));
  if (resource.plural.empty()) return {};
  for (const kube::Resource& offered : state.resources) {
    if (offered.group_resource() == resource.group_resource()) return {};
  }
  return Error(Code::not_found, "the server could not find the requested resource");
}

Result<kube::Discovery> MemoryCluster::discover(std::stop_token) {
  return state_.with([&](State& state) -> Result<kube::Discovery> {
    TRY(before(state, "discover", {}, "", ""));
    kube::Discovery discovery;
    discovery.resources = state.resources;
    return discovery;
  });
}

Result<> MemoryCluster::ping(std::stop_token) {
  return state_.with([&](State& state) { return before(state, "ping", {}, "", ""); });
}

Result<> MemoryCluster::list(const kube::Resource& resource, std::string_view ns, const ItemSink& sink,
                             std::stop_token) {
  std::vector<std::string> items;
  TRY(state_.with([&](State& state) -> Result<> {
    TRY(before(state, "list", resource, ns, ""));
    for (const auto& [key, object] : state.objects[resource.group_resource()]) {
      if (!ns.empty() && key.first != ns) continue;
      Json item = object;  // as a real list has them: without the two
      item.erase("apiVersion");
      item.erase("kind");
      items.push_back(codec::dump_json(item));
    }
    return {};
  }));
  for (const std::string& item : items) TRY(sink(item));
  return {};
}

Result<std::string> MemoryCluster::get(const kube::Resource& resource, std::string_view ns, std::string_view name,
                                       std::stop_token) {
  return state_.with([&](State& state) -> Result<std::string> {
    TRY(before(state, "get", resource, ns, name));
    const auto& objects = state.objects[resource.group_resource()];
    const auto found = objects.find({std::string(ns), std::string(name)});
    if (found == objects.end())
      return Error(Code::not_found, resource.plural + " \"" + std::string(name) + "\" not found");
    return codec::dump_json(found->second);
  });
}

Result<kube::Warnings> MemoryCluster::create(const kube::Resource& resource, std::string_view ns, std::string_view text,
                                             std::stop_token) {
  return state_.with([&](State& state) -> Result<kube::Warnings> {
    Json object = TRY(codec::parse_json(text));
    const std::string name = text_at(object, {"metadata", "name"});
    TRY(before(state, "create", resource, ns, name));
    if (!ns.empty()) {
      const auto& namespaces = state.objects["namespaces"];
      const auto space = namespaces.find({"", std::string(ns)});
      if (space == namespaces.end()) return Error(Code::not_found, "namespaces \"" + std::string(ns) + "\" not found");
      if (space->second["metadata"].contains("deletionTimestamp")) {
        return Error(Code::denied, "unable to create new content in namespace because it is being terminated");
      }
    }
    auto& objects = state.objects[resource.group_resource()];
    const Key key{std::string(ns), name};
    if (objects.contains(key)) return Error(Code::already_exists, resource.plural + " \"" + name + "\" already exists");
    objects[key] = stored(state, resource, std::move(object));
    return state.warnings;
  });
}

Result<kube::Warnings> MemoryCluster::change(const kube::Resource& resource, std::string_view ns, std::string_view name,
                                             std::string_view verb, std::string_view merge_patch) {
  return state_.with([&](State& state) -> Result<kube::Warnings> {
    TRY(before(state, verb, resource, ns, name));
    auto& objects = state.objects[resource.group_resource()];
    const auto found = objects.find({std::string(ns), std::string(name)});
    if (found == objects.end())
      return Error(Code::not_found, resource.plural + " \"" + std::string(name) + "\" not found");
    kube::apply_merge_patch(found->second, TRY(codec::parse_json(merge_patch)));
    found->second["metadata"]["resourceVersion"] = std::to_string(state.next_version++);
    return state.warnings;
  });
}

Result<kube::Warnings> MemoryCluster::patch(const kube::Resource& resource, std::string_view ns, std::string_view name,
                                            std::string_view merge_patch, std::stop_token) {
  return change(resource, ns, name, "patch", merge_patch);
}

Result<kube::Warnings> MemoryCluster::patch_status(const kube::Resource& resource, std::string_view ns,
                                                   std::string_view name, std::string_view merge_patch,
                                                   std::stop_token) {
  return change(resource, ns, name, "patch_status", merge_patch);
}

}  // namespace salvor::restore::testing
