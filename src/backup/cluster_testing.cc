// Drives a plan and its ledger over a cluster that is a list of objects, in the order plan.h prescribes for a runner.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "backup/ledger.h"
#include "backup/testing.h"
#include "codec/json.h"

namespace salvor::backup::testing {

namespace {

struct Item {
  const kube::Resource* resource = nullptr;
  kube::ObjectHead head;
  std::string text;
};

std::string label_of(const Item& item) {
  std::string out = item.resource->group_resource();
  if (!item.resource->preferred) out += "@" + item.resource->version;
  out += " ";
  if (!item.head.ns.empty()) out += item.head.ns + "/";
  return out + item.head.name;
}

std::pair<std::string, std::string> cut(const std::string& text, char at) {
  const std::size_t place = text.find(at);
  if (place == std::string::npos) return {text, ""};
  return {text.substr(0, place), text.substr(place + 1)};
}

void add_reference(const std::string& word, Json& object) {
  const auto [what, value] = cut(word, ':');
  if (what == "claim") object["spec"]["volumes"].push_back({{"persistentVolumeClaim", {{"claimName", value}}}});
  if (what == "priority") object["spec"]["priorityClassName"] = value;
  if (what == "volume") object["spec"]["volumeName"] = value, object["status"]["phase"] = "Bound";
  if (what == "unbound") object["spec"]["volumeName"] = value, object["status"]["phase"] = "Pending";
  if (what == "role") object["roleRef"] = {{"kind", "ClusterRole"}, {"name", value}};
  if (what == "account") {
    const auto [ns, name] = cut(value, '/');
    object["subjects"].push_back({{"kind", "ServiceAccount"}, {"namespace", ns}, {"name", name}});
  }
}

const kube::Resource* resource_of(const kube::Discovery& discovery, const std::string& name) {
  const auto [plain, version] = cut(name, '@');
  if (version.empty()) return discovery.find(plain);
  for (const kube::Resource& resource : discovery.resources) {
    if (resource.group_resource() == plain && resource.version == version) return &resource;
  }
  return nullptr;
}

Item parse_item(const kube::Discovery& discovery, const std::string& line) {
  std::istringstream words(line);
  std::string kind, name, word;
  words >> kind >> name;
  Item item;
  item.resource = resource_of(discovery, kind);
  CHECK(item.resource != nullptr);
  const auto [ns, rest] = cut(name, '/');
  item.head.ns = rest.empty() ? "" : ns;
  item.head.name = rest.empty() ? ns : rest;
  Json object{{"metadata", {{"name", item.head.name}}}};
  while (words >> word) {
    if (word == "deleting") {
      item.head.deleting = true;
      object["metadata"]["deletionTimestamp"] = "2026-11-23T06:00:00Z";
    } else if (word == "running") {
      object["spec"]["nodeName"] = "node-1";
      object["status"]["phase"] = "Running";
    } else if (const std::size_t equals = word.find('='); equals != std::string::npos) {
      item.head.labels.emplace_back(word.substr(0, equals), word.substr(equals + 1));
      object["metadata"]["labels"][word.substr(0, equals)] = word.substr(equals + 1);
    } else {
      add_reference(word, object);
    }
  }
  if (item.resource->plural == kNamespaces) object["status"]["phase"] = item.head.deleting ? "Terminating" : "Active";
  item.text = object.dump();
  return item;
}

bool same_kind(const kube::Resource& a, const kube::Resource& b) {
  return a.group == b.group && a.plural == b.plural && a.version == b.version;
}

// The runner's loop over a list of items in place of a server.
class Run {
 public:
  Run(const Plan& plan, std::vector<Item> items) : plan_(plan), items_(std::move(items)), ledger_(plan, "nightly") {}

  Outcome go() {
    for (const Listing& listing : plan_.listings) list(listing);
    for (auto wanted = ledger_.take_wanted(); !wanted.empty(); wanted = ledger_.take_wanted()) {
      for (const Wanted& one : wanted) fetch(one);
    }
    if (plan_.namespaces_listing) list(*plan_.namespaces_listing);
    outcome_.archive = outcome_.order;
    std::sort(outcome_.archive.begin(), outcome_.archive.end());
    return std::move(outcome_);
  }

 private:
  void list(const Listing& listing) {
    for (const std::string& name : listing.first) {
      for (const Item& item : items_) {
        const std::string full = item.head.ns.empty() ? item.head.name : item.head.ns + "/" + item.head.name;
        if (full == name && same_kind(*item.resource, listing.resource)) {
          write(item, *ledger_.see_first(listing, item.head, item.text));
        }
      }
    }
    for (const std::string& ns : listing.namespaces) {
      if (listing.selectors.empty()) list(listing, ns, 0, nullptr);
      for (std::size_t i = 0; i < listing.selectors.size(); ++i) list(listing, ns, i, &listing.selectors[i]);
    }
  }
  void list(const Listing& listing, const std::string& ns, std::size_t index, const kube::LabelSelector* selector) {
    for (const Item& item : items_) {
      if (!same_kind(*item.resource, listing.resource) || (!ns.empty() && item.head.ns != ns)) continue;
      if (selector != nullptr && !selector->matches(item.head.labels)) continue;
      write(item, *ledger_.see(listing, item.head, listing.reads_text ? item.text : "", index));
    }
  }
  void fetch(const Wanted& wanted) {
    for (const Item& item : items_) {
      if (item.resource->group_resource() != wanted.ref.group_resource || !item.resource->preferred) continue;
      if (item.head.ns != wanted.ref.ns || item.head.name != wanted.ref.name) continue;
      return write(item, *ledger_.see_related(wanted, item.head, item.text));
    }
    if (!wanted.may_be_missing) outcome_.missing.push_back(wanted.ref.group_resource + " " + wanted.ref.name);
  }
  void write(const Item& item, const Seen& seen) {
    if (!seen.take) return;
    outcome_.order.push_back(label_of(item));
    if (seen.stored) outcome_.stored.push_back(*seen.stored);
  }

  const Plan& plan_;
  const std::vector<Item> items_;
  Ledger ledger_;
  Outcome outcome_;
};

std::vector<std::string> split(std::string text, const std::string& separator) {
  std::vector<std::string> out;
  for (std::size_t at; (at = text.find(separator)) != std::string::npos; text.erase(0, at + separator.size())) {
    out.push_back(text.substr(0, at));
  }
  out.push_back(text);
  return out;
}

void set_flag(BackupSpec& spec, const std::string& flag, const std::string& value) {
  const std::map<std::string, std::vector<std::string> BackupSpec::*> lists{
      {"include-namespaces", &BackupSpec::included_namespaces},
      {"exclude-namespaces", &BackupSpec::excluded_namespaces},
      {"include-resources", &BackupSpec::included_resources},
      {"exclude-resources", &BackupSpec::excluded_resources},
      {"include-cluster-scoped-resources", &BackupSpec::included_cluster_scoped_resources},
      {"exclude-cluster-scoped-resources", &BackupSpec::excluded_cluster_scoped_resources},
      {"include-namespace-scoped-resources", &BackupSpec::included_namespace_scoped_resources},
      {"exclude-namespace-scoped-resources", &BackupSpec::excluded_namespace_scoped_resources},
  };
  if (const auto list = lists.find(flag); list != lists.end()) {
    spec.*list->second = split(value, ",");
  } else if (flag == "include-cluster-resources") {
    spec.include_cluster_resources = value == "true";
  } else if (flag == "selector") {
    spec.label_selector = *kube::parse_label_selector(value);
  } else if (flag == "or-selector") {
    spec.or_label_selectors = *parse_or_selectors(value);
  } else if (flag == "ordered-resources") {
    spec.ordered_resources = *parse_ordered_resources(value);
  } else {
    CHECK(flag.empty());
  }
}

std::vector<Item> items_of(const World& world) {
  std::vector<Item> items;
  std::set<std::string> declared, used;
  for (const std::string& line : world.objects) {
    Item item = parse_item(world.discovery, line);
    if (item.resource->plural == kNamespaces && item.resource->group.empty()) declared.insert(item.head.name);
    if (!item.head.ns.empty()) used.insert(item.head.ns);
    items.push_back(std::move(item));
  }
  for (const std::string& ns : used) {
    if (!declared.contains(ns)) items.push_back(parse_item(world.discovery, "namespaces " + ns));
  }
  return items;
}

}  // namespace

void offer(kube::Discovery& discovery, const std::string& name, const std::string& kind, bool namespaced,
           std::vector<std::string> verbs) {
  const auto [full, version] = cut(name, '@');
  const auto [plural, group] = cut(full, '.');
  kube::Resource resource;
  resource.group = group;
  resource.version = version.empty() ? "v1" : version;
  resource.plural = plural;
  resource.kind = kind;
  resource.singular = kind;
  for (char& c : resource.singular) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  resource.namespaced = namespaced;
  resource.verbs = std::move(verbs);
  resource.preferred = std::none_of(discovery.resources.begin(), discovery.resources.end(), [&](const auto& other) {
    return other.group == resource.group && other.plural == resource.plural;
  });
  discovery.resources.push_back(std::move(resource));
}

kube::Discovery usual_discovery() {
  kube::Discovery discovery;
  const auto namespaced = [&](const std::string& name, const std::string& kind) { offer(discovery, name, kind, true); };
  const auto cluster = [&](const std::string& name, const std::string& kind) { offer(discovery, name, kind, false); };
  offer(discovery, "bindings", "Binding", true, {"create"});
  offer(discovery, "componentstatuses", "ComponentStatus", false, {"get", "list"});
  namespaced("configmaps", "ConfigMap");
  namespaced("events", "Event");
  cluster("namespaces", "Namespace");
  cluster("nodes", "Node");
  namespaced("persistentvolumeclaims", "PersistentVolumeClaim");
  cluster("persistentvolumes", "PersistentVolume");
  namespaced("pods", "Pod");
  namespaced("secrets", "Secret");
  namespaced("serviceaccounts", "ServiceAccount");
  namespaced("services", "Service");
  namespaced("deployments.apps", "Deployment");
  namespaced("replicasets.apps", "ReplicaSet");
  namespaced("events.events.k8s.io", "Event");
  namespaced("networkpolicies.networking.k8s.io", "NetworkPolicy");
  cluster("clusterrolebindings.rbac.authorization.k8s.io", "ClusterRoleBinding");
  cluster("clusterroles.rbac.authorization.k8s.io", "ClusterRole");
  namespaced("roles.rbac.authorization.k8s.io", "Role");
  cluster("storageclasses.storage.k8s.io", "StorageClass");
  cluster("priorityclasses.scheduling.k8s.io", "PriorityClass");
  cluster("customresourcedefinitions.apiextensions.k8s.io", "CustomResourceDefinition");
  namespaced("volumesnapshots.snapshot.storage.k8s.io", "VolumeSnapshot");
  cluster("volumesnapshotcontents.snapshot.storage.k8s.io", "VolumeSnapshotContent");
  namespaced("widgets.example.com", "Widget");
  namespaced("widgets.example.com@v1beta1", "Widget");
  cluster("planets.example.com", "Planet");
  for (kube::Resource& resource : discovery.resources) {
    if (resource.plural == "deployments") resource.short_names = {"deploy"};
    if (resource.plural == "persistentvolumeclaims") resource.short_names = {"pvc"};
    if (resource.plural == "persistentvolumes") resource.short_names = {"pv"};
    if (resource.plural == "customresourcedefinitions") resource.short_names = {"crd", "crds"};
    if (resource.plural == "namespaces") resource.short_names = {"ns"};
  }
  return discovery;
}

BackupSpec spec_of(const std::string& flags) {
  BackupSpec spec;
  for (const std::string& part : split(" " + flags, " --")) {
    const std::size_t end = part.find_first_of(" =");
    if (end == std::string::npos || end == 0) continue;
    set_flag(spec, part.substr(0, end), part.substr(end + 1));
  }
  return spec;
}

std::string object_text(const World& world, const std::string& line) { return parse_item(world.discovery, line).text; }

std::vector<NamespaceInfo> namespaces_of(const World& world) {
  std::vector<NamespaceInfo> out;
  for (const Item& item : items_of(world)) {
    if (item.resource->plural == kNamespaces) out.push_back({item.head.name, item.head.labels});
  }
  return out;
}

Outcome run(const Plan& plan, const World& world) { return Run(plan, items_of(world)).go(); }

Result<Outcome> simulate(const World& world, const BackupSpec& spec, const Features& features) {
  const Plan plan = TRY(make_plan(spec, world.discovery, namespaces_of(world), features));
  return run(plan, world);
}

void expect_all(const Group& group, const Features& features) {
  for (const Case& one : group.cases) {
    const Result<Outcome> outcome = simulate(World{group.objects}, spec_of(one.flags), features);
    const bool refused = !outcome.ok() && outcome.error().code() == Code::invalid;
    const std::string archive = outcome.ok() ? fmt::format("{}", fmt::join(outcome->archive, ", ")) : "";
    EXPECT_EQ(refused ? "refused" : archive, one.expected) << one.name << ": backup create " << one.flags;
  }
}

}  // namespace salvor::backup::testing
