#include "restore/plan.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/task_group.h"
#include "codec/json_access.h"
#include "restore/plan_kind.h"

namespace salvor::restore {
namespace {

using archive::Record;
using archive::Section;

struct LiveNamespaces {
  std::set<std::string> names, terminating;
};

Result<LiveNamespaces> live_namespaces(Cluster& cluster, const kube::Discovery& discovery, std::stop_token stop) {
  const kube::Resource* resource = discovery.find_exact("", "v1", "namespaces");
  if (resource == nullptr) return Error(Code::unavailable, "the server does not offer namespaces");
  LiveNamespaces live;
  const auto visit = [&](std::string_view text) -> Result<> {
    const Json ns = TRY(codec::parse_json(text));
    const std::string name = codec::text_at(ns, {"metadata", "name"});
    live.names.insert(name);
    if (codec::at(ns, {"metadata", "deletionTimestamp"}) != nullptr) live.terminating.insert(name);
    return {};
  };
  TRY(cluster.list(*resource, "", visit, stop).context("list namespaces"));
  return live;
}

// Accounts that exist have automatic tokens too. Their namespaces are compared as they are in the backup.
Result<> add_live_accounts(Cluster& cluster, const kube::Discovery& discovery, RuleContext& rules,
                           std::stop_token stop) {
  const kube::Resource* resource = discovery.find_exact("", "v1", "serviceaccounts");
  if (resource == nullptr) return {};
  const auto visit = [&](std::string_view text) -> Result<> {
    const Json account = TRY(codec::parse_json(text));
    rules.service_accounts.emplace(codec::text_at(account, {"metadata", "namespace"}),
                                   codec::text_at(account, {"metadata", "name"}));
    return {};
  };
  // Without permission to list them the archive's accounts have to do.
  const auto listed = cluster.list(*resource, "", visit, stop);
  if (!listed.ok() && listed.error().code() != Code::denied) return listed.error().clone();
  return {};
}

// The namespaces that are written into, each created from the backup's object where it holds one.
Result<PlannedKind> plan_namespaces(const Ground& ground, const kube::Discovery& discovery, const Plan& plan,
                                    const LiveNamespaces& live) {
  PlannedKind kind;
  kind.section = {.group_resource = "namespaces", .version = "v1", .kind = "Namespace"};
  for (const Section& section : ground.archive.sections()) {
    if (section.group_resource == "namespaces") kind.section = section;
  }
  kind.resource = *discovery.find_exact("", "v1", "namespaces");
  std::set<std::string> wanted;
  for (const PlannedKind& other : plan.kinds) {
    for (const Entry& entry : other.entries) {
      if (!entry.ns.empty() && entry.action != Action::skip && entry.action != Action::extra) wanted.insert(entry.ns);
    }
  }
  for (const ScopedKind& scoped : ground.scope.kinds()) {
    if (scoped.section.group_resource != "namespaces") continue;
    const auto visit = [&](const Record& record, std::string_view text) -> Result<> {
      if (TRY(ground.scope.includes(scoped, "", record.name, text))) wanted.insert(record.name);
      return {};
    };
    TRY(ground.archive.read_all(scoped.section, visit, ground.stop));
  }
  std::set<std::string> targets;
  for (const std::string& name : wanted) {
    const std::string& target = ground.request.spec.mapped(name);
    if (!targets.insert(target).second) continue;
    Entry entry{.ns = "", .name = name};
    if (live.terminating.contains(target)) {
      entry.reason = "being deleted; the restore waits until it is gone";
    } else if (live.names.contains(target)) {
      entry.action = Action::unchanged;
      entry.reason = "exists; namespaces are never changed";
    } else if (kind.section.objects == 0 || !TRY(ground.archive.find(kind.section, "", name, ground.stop))) {
      entry.reason = "bare; the backup does not hold it";
    }
    kind.entries.push_back(std::move(entry));
  }
  return kind;
}

void place_namespaces(Plan& plan, PlannedKind namespaces) {
  if (namespaces.entries.empty()) return;
  auto at = plan.kinds.begin();
  if (at != plan.kinds.end() && at->section.group_resource == kDefinitions) ++at;
  plan.kinds.insert(at, std::move(namespaces));
}

// A volume that is there still has its claim; the others go with it.
std::size_t volumes_to_provision(const Scope& scope, const Plan& plan) {
  std::size_t count = 0;
  for (const PlannedKind& kind : plan.kinds) {
    if (kind.section.group_resource != "persistentvolumes") continue;
    for (const Entry& entry : kind.entries) count += !entry.exists && scope.rules.provisioned_anew.contains(entry.name);
  }
  return count;
}

// What only the attempt will tell, and what the reader should know beforehand.
void note_unknowns(const Request& request, const Scope& scope, const kube::Discovery& discovery, Plan& plan) {
  for (const kube::DiscoveryFailure& failure : discovery.failures) {
    plan.unknowns.push_back("API group " + failure.group_version + " does not answer: " + failure.message);
  }
  for (const ScopedKind& kind : scope.kinds()) {
    if (!kind.defined_here) continue;
    plan.unknowns.push_back(kind.section.group_resource +
                            " are not offered yet; the restore creates their definition first");
  }
  if (const std::size_t volumes = volumes_to_provision(scope, plan); volumes > 0) {
    plan.unknowns.push_back(std::to_string(volumes) +
                            " volumes are provisioned anew: their claims come back without data from this restore");
  }
  if (!request.spec.hooks.empty() && request.spec.hooks != "{}") {
    plan.unknowns.push_back("the spec's restore hooks are not run");
  }
  if (!plan.nothing_to_do()) {
    plan.unknowns.push_back(
        "what admission webhooks and quotas answer, and whether all of it may be written, shows only when it is");
  }
}

// The kinds to look at: those of the archive, then those that only exist live.
std::vector<ScopedKind> kinds_to_plan(const Scope& scope, const kube::Discovery& discovery, bool list_extras) {
  std::vector<ScopedKind> kinds;
  std::set<std::string> seen = {"namespaces"};
  for (const ScopedKind& kind : scope.kinds()) {
    if (seen.insert(kind.section.group_resource).second) kinds.push_back(kind);
  }
  if (!list_extras) return kinds;
  for (const kube::Resource& resource : discovery.preferred()) {
    // Of cluster-scoped kinds that the backup holds nothing of, every cluster has its own.
    if (!resource.namespaced || !resource.has_verb("list") || !resource.has_verb("create")) continue;
    if (!scope.includes_live(resource)) continue;
    if (!seen.insert(resource.group_resource()).second) continue;
    const Section section{.group_resource = resource.group_resource(),
                          .version = resource.version,
                          .kind = resource.kind,
                          .namespaced = resource.namespaced};
    kinds.push_back({.section = section, .resource = resource});
  }
  return kinds;
}

}  // namespace

Result<Plan> make_plan(const Request& request, const archive::Archive& archive, Cluster& cluster, Rng& rng,
                       const PlanOptions& options, const Log& log, std::stop_token stop) {
  const kube::Discovery discovery = TRY(cluster.discover(stop).context("discover the cluster's kinds"));
  Scope scope = TRY(Scope::make(request, archive, discovery, stop));
  TRY(add_live_accounts(cluster, discovery, scope.rules, stop));
  const LiveNamespaces live = TRY(live_namespaces(cluster, discovery, stop));
  std::set<std::string> live_targets;
  for (const std::string& ns : scope.namespaces()) {
    const std::string& target = request.spec.mapped(ns);
    // What is in a namespace that is being deleted will be gone before the restore writes there.
    if (live.names.contains(target) && !live.terminating.contains(target)) live_targets.insert(target);
  }

  Plan plan{.restore = request.name,
            .backup = request.spec.backup,
            .policy = request.spec.policy(),
            .namespace_mapping = request.spec.namespace_mapping};
  const Preparer preparer(request, scope.rules, scope.status_resources);
  Guarded<std::vector<std::string>> unknowns;
  const Ground ground{request,  archive, cluster, scope, preparer, live_targets, live.names.size(), options.list_extras,
                      unknowns, stop};
  const std::vector<ScopedKind> kinds = kinds_to_plan(scope, discovery, options.list_extras);
  const Digester digester(rng);
  plan.kinds.resize(kinds.size());
  std::atomic<std::size_t> next{0};
  TaskGroup lanes(stop);
  for (unsigned lane = 0; lane < std::max(1U, options.lanes); ++lane) {
    lanes.start([&](std::stop_token lane_stop) -> Result<> {
      for (std::size_t i; (i = next++) < kinds.size();) {
        if (lane_stop.stop_requested()) return Error(Code::cancelled, "planning was stopped");
        plan.kinds[i].section = kinds[i].section;
        plan.kinds[i].resource = kinds[i].resource;
        plan.kinds[i].served = kinds[i].served;
        TRY(plan_kind(ground, digester.twin(), kinds[i], plan.kinds[i]).context(kinds[i].section.group_resource));
      }
      return {};
    });
  }
  TRY(lanes.join());
  std::erase_if(plan.kinds, [](const PlannedKind& kind) { return kind.entries.empty() && kind.owned_extras == 0; });
  place_namespaces(plan, TRY(plan_namespaces(ground, discovery, plan, live)));
  plan.warnings = scope.warnings;
  plan.unknowns = unknowns.with([](auto& found) { return std::move(found); });
  std::sort(plan.unknowns.begin(), plan.unknowns.end());
  note_unknowns(request, scope, discovery, plan);
  plan.rules = scope.rules;
  plan.status_resources = scope.status_resources;
  log.info("restore planned", {{"backup", plan.backup}, {"kinds", plan.kinds.size()}});
  return plan;
}

}  // namespace salvor::restore
