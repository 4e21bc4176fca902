#include "backup/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace salvor::backup {

namespace {

constexpr std::string_view kArgoLabel = "argocd.argoproj.io/managed-by";

// Kinds that a server offers under two groups; whichever comes first stands for both.
struct Twins {
  std::string_view plural, one, other;
};
constexpr Twins kTwins[] = {
    {"deployments", "extensions", "apps"}, {"daemonsets", "extensions", "apps"},
    {"replicasets", "extensions", "apps"}, {"networkpolicies", "extensions", "networking.k8s.io"},
    {"events", "", "events.k8s.io"},
};

const Twins* twins_of(const kube::Resource& resource) {
  for (const Twins& twins : kTwins) {
    if (resource.plural == twins.plural && (resource.group == twins.one || resource.group == twins.other))
      return &twins;
  }
  return nullptr;
}

// Pods come before their claims, and these before the volumes, so that what a hook quiets is saved while it is quiet.
int rank(const kube::Resource& resource) {
  if (resource.group == "extensions") return 5;
  if (!resource.group.empty()) return 4;
  if (resource.plural == kPods) return 0;
  if (resource.plural == kClaims) return 1;
  if (resource.plural == kVolumes) return 2;
  return 3;
}

std::vector<const kube::Resource*> in_order(const kube::Discovery& discovery) {
  std::vector<const kube::Resource*> out;
  for (const kube::Resource& resource : discovery.resources) out.push_back(&resource);
  std::stable_sort(out.begin(), out.end(), [](const auto* a, const auto* b) { return rank(*a) < rank(*b); });
  return out;
}

std::vector<std::string> names_in_order(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view name = list.substr(0, comma);
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (!name.empty()) out.emplace_back(name);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return out;
}

// Selectors that select; one that matches everything makes the others pointless.
std::vector<kube::LabelSelector> selectors_of(const BackupSpec& spec) {
  std::vector<kube::LabelSelector> out = spec.or_label_selectors;
  if (spec.label_selector) out = {*spec.label_selector};
  const bool any_open = std::any_of(out.begin(), out.end(), [](const auto& s) { return s.matches_everything(); });
  if (any_open) out.clear();
  return out;
}

void add_new(std::vector<std::string>& into, const std::vector<std::string>& more) {
  for (const std::string& text : more) {
    if (std::find(into.begin(), into.end(), text) == into.end()) into.push_back(text);
  }
}

bool is_excluded_by_label(const kube::ObjectHead& head) {
  const std::string* label = kube::find_label(head.labels, kExcludeLabel);
  return label != nullptr && *label == "true";
}

}  // namespace

class PlanMaker {
 public:
  PlanMaker(const BackupSpec& spec, const kube::Discovery& discovery, const Features& features, ResourceFilter filter,
            NamespaceFilter namespaces)
      : spec_(spec), discovery_(discovery), features_(features), filter_(std::move(filter)) {
    plan_.namespaces_ = std::move(namespaces);
    plan_.selectors_ = selectors_of(spec);
  }

  Plan run() {
    for (const kube::Resource& resource : discovery_.resources) {
      if (!resource.preferred || !can_be_saved(resource)) continue;
      plan_.kinds_[resource.group_resource()] = {resource, filter_.includes(resource), filter_.excludes(resource)};
    }
    switch_on_rules();
    for (const kube::Resource* resource : in_order(discovery_)) consider(*resource);
    look_at_bindings();
    note_missing_order();
    note_namespaces();
    for (const kube::DiscoveryFailure& failure : discovery_.failures) {
      plan_.errors.push_back(fmt::format("nothing of {} is saved: {}", failure.group_version, failure.message));
    }
    return std::move(plan_);
  }

 private:
  const Plan::Kind* kind(std::string_view group_resource) const {
    const auto found = plan_.kinds_.find(group_resource);
    return found == plan_.kinds_.end() ? nullptr : &found->second;
  }
  bool listed(std::string_view group_resource) const {
    const Plan::Kind* known = kind(group_resource);
    return known != nullptr && known->includes;
  }
  // A related item of this kind may be taken, and its listing alone would not bring it.
  bool adds(std::string_view group_resource) const {
    const Plan::Kind* known = kind(group_resource);
    if (known == nullptr) return false;
    const bool may = known->resource.namespaced ? known->includes : !known->excludes;
    return may && !(known->includes && plan_.selectors_.empty());
  }

  void switch_on_rules() {
    RelatedRules& rules = plan_.rules_;
    rules.group_label = spec_.volume_group_snapshot_label_key;
    rules.pod_claims = listed(kPods) && adds(kClaims);
    rules.pod_priority_class = listed(kPods) && adds(kPriorityClasses);
    rules.claim_volume = listed(kClaims) && adds(kVolumes);
    rules.claim_pods = listed(kClaims) && adds(kPods);
    rules.claim_group = listed(kClaims) && adds(kClaims) && !rules.group_label.empty();
    rules.account_bindings = listed(kServiceAccounts) && adds(kClusterRoleBindings);
    rules.account_roles = listed(kServiceAccounts) && adds(kClusterRoles);
    const Plan::Kind* definitions = kind(kDefinitions);
    rules.definitions = definitions != nullptr && !definitions->includes && !definitions->excludes;
  }

  void leave_out(const kube::Resource& resource, std::string reason) {
    plan_.left_out.push_back({resource.group_resource(), resource.version, std::move(reason)});
  }

  void consider(const kube::Resource& resource) {
    if (!can_be_saved(resource)) return leave_out(resource, "cannot be listed, got, created and deleted");
    if (!resource.preferred && !features_.all_versions) return leave_out(resource, "another version is preferred");
    if (kind(resource.group_resource()) == nullptr) return leave_out(resource, "its preferred version cannot be saved");
    if (const std::string why = filter_.why_not(resource); !why.empty()) return leave_out(resource, why);
    if (const Twins* twins = twins_of(resource); twins != nullptr && !seen_twins_.insert(twins->plural).second) {
      return leave_out(resource, "the same objects are listed under another group or version");
    }
    if (is_namespace_kind(resource)) {
      plan_.namespaces_listing = Listing{resource, {""}, {}, true, false, {}, "those with a part in the backup"};
      return;
    }
    std::vector<std::string> scopes = resource.namespaced ? plan_.namespaces_.scopes() : std::vector<std::string>{""};
    if (scopes.empty()) return leave_out(resource, "no namespace is included");
    plan_.listings.push_back(make_listing(resource, std::move(scopes)));
  }

  Listing make_listing(const kube::Resource& resource, std::vector<std::string> scopes) {
    const RelatedRules& rules = plan_.rules_;
    const std::string name = resource.group_resource();
    Listing listing{resource, std::move(scopes), plan_.selectors_, true, false, {}, ""};
    bool needs_all = false;
    if (name == kPods) {
      listing.reads_text = rules.reads_pods();
      needs_all = rules.claim_pods;
    } else if (name == kClaims) {
      listing.reads_text = true;  // its stored form may differ
      needs_all = rules.claim_group;
    } else if (name == kClusterRoleBindings) {
      listing.reads_text = rules.reads_bindings();
      needs_all = rules.reads_bindings();
    }
    listing.why = resource.namespaced ? "included" : "included, cluster-scoped";
    if (needs_all && !listing.selectors.empty()) {
      listing.selectors.clear();
      listing.why += "; read whole, because unselected ones may be related to selected objects";
    }
    if (const auto order = spec_.ordered_resources.find(resource.plural); order != spec_.ordered_resources.end()) {
      listing.first = names_in_order(order->second);
    }
    return listing;
  }

  void look_at_bindings() {
    const Plan::Kind* bindings = kind(kClusterRoleBindings);
    if (!plan_.rules_.reads_bindings() || bindings == nullptr || bindings->includes) return;
    plan_.listings.push_back({bindings->resource,
                              {""},
                              {},
                              false,
                              true,
                              {},
                              "not saved by itself; tells which roles the saved ServiceAccounts have"});
  }

  void note_missing_order() {
    for (const auto& [plural, names] : spec_.ordered_resources) {
      const bool used =
          std::any_of(plan_.listings.begin(), plan_.listings.end(),
                      [&, &plural = plural](const Listing& listing) { return listing.resource.plural == plural; });
      if (!used) {
        plan_.warnings.push_back(
            fmt::format("orderedResources: nothing is listed as \"{}\"; a kind is named by its "
                        "plural, without group",
                        plural));
      }
    }
  }

  void note_namespaces() {
    const NamespaceFilter& namespaces = plan_.namespaces_;
    for (const std::string& name : namespaces.patterns().included()) {
      const bool exists = std::binary_search(namespaces.live().begin(), namespaces.live().end(), name);
      if (name != "*" && !exists && plan_.namespaces_listing) {
        plan_.errors.push_back(fmt::format("the included namespace \"{}\" does not exist", name));
      }
    }
    if (namespaces.scopes().empty()) plan_.warnings.push_back("no namespace matches the included namespaces");
  }

  const BackupSpec& spec_;
  const kube::Discovery& discovery_;
  const Features features_;
  const ResourceFilter filter_;
  std::set<std::string_view> seen_twins_;
  Plan plan_;
};

const Plan::Kind* Plan::kind(const kube::Resource& resource) const {
  const auto found = kinds_.find(resource.group_resource());
  return found == kinds_.end() ? nullptr : &found->second;
}

const kube::Resource* Plan::resource(std::string_view group_resource) const {
  const auto found = kinds_.find(group_resource);
  return found == kinds_.end() ? nullptr : &found->second.resource;
}

bool Plan::selects(const kube::ObjectHead& head) const {
  return selectors_.empty() || std::any_of(selectors_.begin(), selectors_.end(),
                                           [&](const kube::LabelSelector& s) { return s.matches(head.labels); });
}

Decision Plan::accepts(const Listing& listing, const kube::ObjectHead& head, std::size_t selector) const {
  if (!listing.take) return {false, "only looked at for what is related"};
  for (std::size_t earlier = 0; earlier < selector && earlier < listing.selectors.size(); ++earlier) {
    if (listing.selectors[earlier].matches(head.labels)) return {false, "an earlier selector brings it"};
  }
  return accepts(listing.resource, head);
}

Decision Plan::accepts(const kube::Resource& resource, const kube::ObjectHead& head) const {
  const Kind* known = kind(resource);
  if (known == nullptr || !known->includes) return {false, "its kind is not included"};
  if (!selects(head)) return {false, "no selector matches its labels"};
  return accepts_related(resource, head);
}

Decision Plan::accepts_related(const kube::Resource& resource, const kube::ObjectHead& head) const {
  const Kind* known = kind(resource);
  if (known == nullptr) return {false, "its kind cannot be saved"};
  if (is_excluded_by_label(head)) return {false, "labelled velero.io/exclude-from-backup=true"};
  if (!head.ns.empty() && !namespaces_.includes(head.ns)) return {false, "its namespace is not included"};
  if (!head.ns.empty() && !known->includes) return {false, "its kind is not included"};
  if (head.ns.empty() && known->excludes && !is_namespace_kind(resource)) return {false, "its kind is excluded"};
  if (head.deleting) return {false, "it is being deleted"};
  return {true, ""};
}

Decision Plan::accepts_namespace(const kube::ObjectHead& head, bool has_objects) const {
  if (is_excluded_by_label(head)) return {false, "labelled velero.io/exclude-from-backup=true"};
  if (head.deleting) return {false, "it is being deleted"};
  const bool by_label = has_selectors() && selects(head);
  const bool by_filter = namespaces_.includes(head.name) && !(namespaces_.everything() && has_selectors());
  const bool by_objects = has_objects && namespaces_.includes(head.name);
  if (by_label || by_filter || by_objects) return {true, ""};
  return {false, "not included, and nothing in it is selected"};
}

Result<Plan> make_plan(const BackupSpec& asked, const kube::Discovery& discovery,
                       const std::vector<NamespaceInfo>& namespaces, const Features& features,
                       const IncludeExcludePolicy* policy) {
  BackupSpec spec = asked;
  std::vector<std::string> problems = validate(spec);
  apply_defaults(spec, namespaces);
  add_new(problems, validate(spec));
  if (policy != nullptr && spec.uses_old_filters()) {
    problems.push_back(
        "includedResources, excludedResources and includeClusterResources cannot be used together with "
        "a resource policy that includes or excludes resources");
  }
  if (!problems.empty()) {
    return Error(Code::invalid, fmt::format("the backup's spec is refused: {}", fmt::join(problems, "; ")));
  }
  std::vector<std::string> live;
  for (const NamespaceInfo& ns : namespaces) live.push_back(ns.name);
  NamespaceFilter filter = TRY(NamespaceFilter::make(spec.included_namespaces, spec.excluded_namespaces, live));
  ResourceFilter resources = ResourceFilter::make(spec, discovery, filter, policy);
  Plan plan = PlanMaker(spec, discovery, features, std::move(resources), std::move(filter)).run();

  const bool emptied =
      (!asked.included_resources.empty() && spec.included_resources.empty()) ||
      (!asked.included_namespace_scoped_resources.empty() && spec.included_namespace_scoped_resources.empty());
  if (emptied) {
    plan.warnings.push_back(
        "only CSI snapshot kinds are included; they are never listed, and an empty list means "
        "everything, so everything is saved");
  }
  for (const NamespaceInfo& ns : namespaces) {
    const std::string* owner = kube::find_label(ns.labels, kArgoLabel);
    if (owner != nullptr && !owner->empty() && plan.namespaces().includes(ns.name)) {
      plan.warnings.push_back(fmt::format("namespace \"{}\" is managed by Argo CD, which may undo a restore", ns.name));
    }
  }
  return plan;
}

std::string to_string(const Plan& plan) {
  std::string out;
  const auto line = [&](const Listing& listing) {
    out += fmt::format("{} {}/{}", listing.take ? "save" : "read", listing.resource.group_resource(),
                       listing.resource.version);
    if (listing.namespaces != std::vector<std::string>{""})
      out += fmt::format(" in {}", fmt::join(listing.namespaces, ","));
    for (const kube::LabelSelector& selector : listing.selectors) out += fmt::format(" where {}", to_string(selector));
    if (!listing.first.empty()) out += fmt::format(" first {}", fmt::join(listing.first, ","));
    out += fmt::format(" ({})\n", listing.why);
  };
  for (const Listing& listing : plan.listings) line(listing);
  if (plan.namespaces_listing) line(*plan.namespaces_listing);
  for (const LeftOut& left : plan.left_out) {
    out += fmt::format("skip {}/{} ({})\n", left.group_resource, left.version, left.reason);
  }
  for (const std::string& warning : plan.warnings) out += "warning: " + warning + "\n";
  for (const std::string& error : plan.errors) out += "error: " + error + "\n";
  return out;
}

}  // namespace salvor::backup
