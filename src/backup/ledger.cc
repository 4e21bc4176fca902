#include "backup/ledger.h"

#include <fmt/format.h>

#include <mutex>
#include <set>
#include <unordered_set>

namespace salvor::backup {

namespace {

using Place = std::pair<std::string, std::string>;  // (namespace, name)

std::pair<std::string, Place> first_of(const Listing& listing, const kube::ObjectHead& head) {
  return {listing.resource.version + "/" + listing.resource.group_resource(), {head.ns, head.name}};
}

}  // namespace

struct Ledger::State {
  const Plan& plan;
  const std::string backup_name;

  std::mutex mutex;  // guards all below
  std::unordered_set<std::string> busy_namespaces;
  std::set<std::pair<std::string, Place>> firsts;  // (version and kind, object)
  std::set<std::string> written_kinds;
  std::set<ObjectRef> taken;  // of kinds that may also be wanted
  std::set<ObjectRef> asked;
  std::vector<Wanted> queue;
  // Facts of all objects, and taken objects that wait to be looked up in them.
  std::map<Place, std::vector<std::string>> pods_of_claim;
  std::map<Place, std::vector<std::string>> claims_of_group;
  std::map<Place, std::vector<std::pair<std::string, std::string>>> bindings_of_account;
  std::vector<Place> open_claims, open_groups, open_accounts;

  State(const Plan& plan, std::string name) : plan(plan), backup_name(std::move(name)) {}

  const RelatedRules& rules() const { return plan.rules(); }

  void want(std::string_view group_resource, std::string ns, std::string name, std::string why,
            bool may_be_missing = false) {
    const kube::Resource* resource = plan.resource(group_resource);
    ObjectRef ref{std::string(group_resource), std::move(ns), std::move(name)};
    if (resource == nullptr || ref.name.empty() || !asked.insert(ref).second) return;
    queue.push_back({std::move(ref), resource, may_be_missing, std::move(why)});
  }

  void note_pod(const kube::ObjectHead& head, const PodFacts& pod, bool take) {
    const std::string by = fmt::format("used by pod {}/{}", head.ns, head.name);
    for (const std::string& claim : pod.claims) {
      if (rules().claim_pods && pod.running) pods_of_claim[{head.ns, claim}].push_back(head.name);
      if (take && rules().pod_claims) want(kClaims, head.ns, claim, by);
    }
    if (take && rules().pod_priority_class) want(kPriorityClasses, "", pod.priority_class, by);
  }

  void note_claim(const kube::ObjectHead& head, const ClaimFacts& claim, bool take) {
    if (rules().claim_group && !claim.group.empty()) claims_of_group[{head.ns, claim.group}].push_back(head.name);
    if (!take || !claim.bound) return;
    if (rules().claim_volume) want(kVolumes, "", claim.volume, fmt::format("bound to claim {}/{}", head.ns, head.name));
    if (rules().claim_pods) open_claims.emplace_back(head.ns, head.name);
    if (rules().claim_group && !claim.group.empty()) open_groups.emplace_back(head.ns, claim.group);
  }

  void note_binding(const kube::ObjectHead& head, const BindingFacts& binding) {
    for (const Place& account : binding.accounts) bindings_of_account[account].emplace_back(head.name, binding.role);
  }

  // The rules that apply to this object; `text` is only parsed for the kinds that have one.
  Result<Seen> learn(const kube::Resource& resource, const kube::ObjectHead& head, std::string_view text,
                     Decision decision) {
    Seen seen{decision.take, decision.reason, {}};
    const std::string name = resource.group_resource();
    if (name == kPods && rules().reads_pods() && (decision.take || rules().claim_pods)) {
      const PodFacts pod = TRY(read_pod(text));
      std::lock_guard hold(mutex);
      note_pod(head, pod, decision.take);
    } else if (name == kClaims && (decision.take || rules().claim_group)) {
      const ClaimFacts claim = TRY(read_claim(text, rules().group_label));
      if (decision.take) seen.stored = TRY(stored_claim(text, backup_name));
      std::lock_guard hold(mutex);
      note_claim(head, claim, decision.take);
    } else if (name == kClusterRoleBindings && rules().reads_bindings()) {
      const BindingFacts binding = TRY(read_binding(text));
      std::lock_guard hold(mutex);
      note_binding(head, binding);
    } else if (name == kServiceAccounts && decision.take && rules().reads_bindings()) {
      std::lock_guard hold(mutex);
      open_accounts.emplace_back(head.ns, head.name);
    }
    return seen;
  }

  // Whether an object of this kind can be brought both by its listing and by another object.
  bool may_come_twice(std::string_view name) const {
    return plan.has_selectors() && (name == kPods || name == kClaims || name == kVolumes || name == kPriorityClasses ||
                                    name == kClusterRoleBindings || name == kClusterRoles);
  }

  void note_taken(const kube::Resource& resource, const kube::ObjectHead& head) {
    const bool may_be_custom = rules().definitions && !resource.group.empty();
    const std::string name = resource.group_resource();
    const bool may_be_wanted = may_come_twice(name);
    if (!may_be_custom && !may_be_wanted) return;
    std::lock_guard hold(mutex);
    if (may_be_custom) written_kinds.insert(name);
    if (may_be_wanted) taken.insert({name, head.ns, head.name});
  }

  void resolve() {
    for (const Place& claim : std::exchange(open_claims, {})) {
      for (const std::string& pod : pods_of_claim[claim]) {
        want(kPods, claim.first, pod, fmt::format("runs with claim {}/{}", claim.first, claim.second));
      }
    }
    for (const Place& group : std::exchange(open_groups, {})) {
      for (const std::string& claim : claims_of_group[group]) {
        want(kClaims, group.first, claim, fmt::format("in volume group {}", group.second));
      }
    }
    for (const Place& account : std::exchange(open_accounts, {})) {
      const auto found = bindings_of_account.find(account);
      if (found == bindings_of_account.end()) continue;
      const std::string by = fmt::format("names service account {}/{}", account.first, account.second);
      for (const auto& [binding, role] : found->second) {
        if (rules().account_bindings) want(kClusterRoleBindings, "", binding, by);
        if (rules().account_roles) want(kClusterRoles, "", role, "role of " + binding + ", which " + by);
      }
    }
    for (const std::string& kind : std::exchange(written_kinds, {})) {
      want(kDefinitions, "", kind, "defines saved objects", true);
    }
  }
};

Ledger::Ledger(const Plan& plan, std::string backup_name)
    : state_(std::make_unique<State>(plan, std::move(backup_name))) {}

Ledger::~Ledger() = default;

Result<Seen> Ledger::see(const Listing& listing, const kube::ObjectHead& head, std::string_view text,
                         std::size_t selector) {
  State& state = *state_;
  const Plan& plan = state.plan;
  if (listing.resource.group.empty() && listing.resource.plural == kNamespaces) {
    std::lock_guard hold(state.mutex);
    const Decision decision = plan.accepts_namespace(head, state.busy_namespaces.contains(head.name));
    return Seen{decision.take, decision.reason, {}};
  }
  if (plan.has_selectors() && listing.take && !head.ns.empty() && plan.selects(head)) {
    std::lock_guard hold(state.mutex);
    state.busy_namespaces.insert(head.ns);
  }
  Decision decision = plan.accepts(listing, head, selector);
  if (decision.take && !listing.first.empty()) {
    std::lock_guard hold(state.mutex);
    if (state.firsts.contains(first_of(listing, head))) decision = {false, "it was among the first"};
  }
  Seen seen = TRY(state.learn(listing.resource, head, text, decision));
  if (seen.take) state.note_taken(listing.resource, head);
  return seen;
}

Result<Seen> Ledger::see_first(const Listing& listing, const kube::ObjectHead& head, std::string_view text) {
  Seen seen = TRY(see(listing, head, text));
  if (seen.take) {
    std::lock_guard hold(state_->mutex);
    state_->firsts.insert(first_of(listing, head));
  }
  return seen;
}

Result<Seen> Ledger::see_related(const Wanted& wanted, const kube::ObjectHead& head, std::string_view text) {
  const Decision decision = state_->plan.accepts_related(*wanted.resource, head);
  return state_->learn(*wanted.resource, head, text, decision);
}

std::vector<Wanted> Ledger::take_wanted() {
  State& state = *state_;
  std::lock_guard hold(state.mutex);
  state.resolve();
  std::vector<Wanted> out;
  for (Wanted& wanted : std::exchange(state.queue, {})) {
    if (!state.taken.contains(wanted.ref)) out.push_back(std::move(wanted));
  }
  return out;
}

}  // namespace salvor::backup
