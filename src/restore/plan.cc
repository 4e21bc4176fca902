#include "restore/plan.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>

#include "base/guarded.h"
#include "base/task_group.h"
#include "codec/json_access.h"
#include "restore/judge.h"
#include "restore/scope.h"

namespace salvor::restore {
namespace {

using archive::Record;
using archive::Section;

// Up to this many namespaces are listed one by one; beyond, one LIST over all of them is cheaper than many.
constexpr std::size_t kSingleLists = 8;

// What the planning of every kind shares.
struct Ground {
  const Request& request;
  const archive::Archive& archive;
  Cluster& cluster;
  const Scope& scope;
  const Preparer& preparer;
  const std::set<std::string>& live_targets;  // namespaces in the cluster that the restore writes into and that exist
  const bool list_extras;
  Guarded<std::vector<std::string>>& unknowns;
  std::stop_token stop;
};

// Plans one kind: archive first, then the live objects against it.
class KindPlanner {
 public:
  KindPlanner(const Ground& ground, Digester digester, const ScopedKind& kind, PlannedKind& out)
      : ground_(ground), digester_(std::move(digester)), kind_(kind), name_(kind.section.group_resource), out_(out) {}

  Result<> run() {
    if (kind_.section.objects > 0) TRY(read_archive());
    if (kind_.served) TRY(read_live());
    std::sort(out_.entries.begin(), out_.entries.end(), [](const Entry& a, const Entry& b) {
      return std::tie(a.ns, a.name, a.action) < std::tie(b.ns, b.name, b.action);
    });
    return {};
  }

 private:
  struct Known {
    std::uint32_t entry = 0;
    Digest digest{};
  };

  static std::string key(std::string_view ns, std::string_view name) {
    std::string text(ns);
    text += '/';
    return text += name;
  }

  Result<> read_archive() {
    const auto visit = [&](const Record& record, std::string_view text) -> Result<> {
      auto included = ground_.scope.includes(kind_, record.ns, record.name, text);
      if (included.ok() && !*included) return {};
      Entry entry{.ns = record.ns, .name = record.name};
      auto known =
          included.ok() ? digest_of(text, entry) : Result<std::pair<std::string, Digest>>(included.error().clone());
      if (!known.ok()) {
        entry.action = Action::skip;
        entry.reason = known.error().message();
        entry.broken = true;
      } else if (entry.action == Action::create) {
        known_.emplace(std::move(known->first), Known{static_cast<std::uint32_t>(out_.entries.size()), known->second});
        if (!kind_.served && !kind_.defined_here) {
          entry.action = Action::skip;
          entry.reason = "the cluster does not offer " + name_ + " in version " + kind_.section.version;
          entry.broken = true;
        }
      }
      if (entry.action == Action::skip) {
        skipped_.emplace(key(ground_.request.spec.mapped(entry.ns), entry.name), out_.entries.size());
      }
      out_.entries.push_back(std::move(entry));
      return {};
    };
    return ground_.archive.read_all(kind_.section, visit, ground_.stop);
  }

  // Where the object goes, and its digest; sets the entry to skip when the rules say so.
  Result<std::pair<std::string, Digest>> digest_of(std::string_view text, Entry& entry) {
    if (ground_.preparer.is_plain(name_, text)) {
      Digester::FromText found = TRY(digester_.of(text));
      if (found.name != entry.name || found.ns != entry.ns) return other_object(found.ns, found.name);
      return std::pair(key(ground_.request.spec.mapped(entry.ns), entry.name), found.digest);
    }
    Prepared prepared = TRY(ground_.preparer.prepare(name_, entry.ns, entry.name, text));
    if (prepared.skip) {
      entry.action = Action::skip;
      entry.reason = *prepared.skip;
      return std::pair(std::string(), Digest{});
    }
    if (!prepared.errors.empty()) entry.reason = prepared.errors.front().message();
    normalise_account(prepared);
    const Json& metadata = prepared.object["metadata"];
    std::string where = key(codec::text_member(metadata, "namespace"), codec::text_member(metadata, "name"));
    normalise(prepared.object, name_);
    return std::pair(std::move(where), digester_.of(prepared.object));
  }

  // A ServiceAccount is merged with the live one and a status may have to be written: no digest answers that.
  void normalise_account(Prepared& prepared) const {
    if (name_ == "serviceaccounts" || !prepared.status.is_null()) prepared.object["$judge"] = true;
  }

  Result<> read_live() {
    const auto visit = [this](std::string_view text) { return meet(text); };
    const auto note = [this](Result<> listed) -> Result<> {
      if (listed.ok()) return {};
      const Code code = listed.error().code();
      if (code == Code::cancelled || code == Code::unauthenticated || failure_) return std::move(listed).error();
      ground_.unknowns.with([&](auto& unknowns) {
        unknowns.push_back(name_ + " cannot be listed, what exists of them is not known: " + listed.error().message());
      });
      return {};
    };
    const std::set<std::string>& targets = ground_.live_targets;
    if (!kind_.section.namespaced || targets.size() > kSingleLists) {
      if (kind_.section.namespaced && targets.empty()) return {};
      return note(ground_.cluster.list(kind_.resource, "", visit, ground_.stop));
    }
    for (const std::string& ns : targets) TRY(note(ground_.cluster.list(kind_.resource, ns, visit, ground_.stop)));
    return {};
  }

  // A live object: does the backup have it, and is it the same?
  Result<> meet(std::string_view live) {
    Digester::FromText found = TRY(failing(digester_.of(live)));
    if (kind_.section.namespaced && !ground_.live_targets.contains(found.ns)) return {};
    const auto known = known_.find(key(found.ns, found.name));
    if (known == known_.end()) {
      const auto skipped = skipped_.find(key(found.ns, found.name));
      if (skipped == skipped_.end()) return failing(meet_extra(live, found));
      out_.entries[skipped->second].exists = true;
      return {};
    }
    if (!ground_.preparer.is_plain(name_, live)) {
      Json object = TRY(failing(ground_.preparer.comparable(name_, live)));
      normalise(object, name_);
      found.digest = digester_.of(object);
    }
    Entry& entry = out_.entries[known->second.entry];
    const bool labelled = ground_.request.spec.policy() == ExistingPolicy::none ||
                          (found.backup_label == label_value(ground_.request.spec.backup) &&
                           found.restore_label == label_value(ground_.request.name));
    if (found.digest == known->second.digest && labelled) {
      entry.action = Action::unchanged;
      return {};
    }
    return failing(look_closer(entry, live));
  }

  Result<> look_closer(Entry& entry, std::string_view live) {
    const auto record = TRY(ground_.archive.find(kind_.section, entry.ns, entry.name, ground_.stop));
    if (!record) return Error(Code::corrupt, name_ + " " + entry.ns + "/" + entry.name + " vanished from the archive");
    const std::string text = TRY(ground_.archive.read(kind_.section, *record, ground_.stop));
    const Prepared prepared = TRY(ground_.preparer.prepare(name_, entry.ns, entry.name, text));
    Verdict verdict = TRY(judge(ground_.preparer, ground_.request, name_, prepared, live));
    entry.action = verdict.action;
    entry.reason = std::move(verdict.reason);
    entry.changes = std::move(verdict.changes);
    return {};
  }

  Result<> meet_extra(std::string_view live, const Digester::FromText& found) {
    if (!ground_.list_extras || !ground_.scope.includes_live(kind_.resource)) return {};
    if (ground_.scope.has_selectors() && !ground_.scope.labels_fit(TRY(codec::parse_json(live)))) return {};
    // The API server makes and keeps its own roles and bindings, marked with this label.
    const bool bootstrapped = live.find("\"kubernetes.io/bootstrapping\"") != std::string_view::npos;
    if (found.controlled || bootstrapped) {
      ++out_.owned_extras;
    } else {
      out_.entries.push_back({.ns = found.ns, .name = found.name, .action = Action::extra});
    }
    return {};
  }

  // Marks errors that are ours, not the LIST's: those end the plan.
  template <class T>
  Result<T> failing(Result<T> result) {
    if (!result.ok()) failure_ = true;
    return result;
  }

  const Ground& ground_;
  Digester digester_;
  const ScopedKind& kind_;
  const std::string name_;
  PlannedKind& out_;
  std::unordered_map<std::string, Known> known_;
  std::unordered_map<std::string, std::size_t> skipped_;  // the entry of each
  bool failure_ = false;
};

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
  const Ground ground{request, archive, cluster, scope, preparer, live_targets, options.list_extras, unknowns, stop};
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
        TRY(KindPlanner(ground, digester.twin(), kinds[i], plan.kinds[i])
                .run()
                .context(kinds[i].section.group_resource));
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
