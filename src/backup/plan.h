// Plan: what a backup will ask the server for, decided before anything is asked.
//
// A plan is a plain value made from the spec, the server's discovery and its namespaces. It lists, in order, every
// kind to be read (listings), every kind that is not and why (left_out), and what the user should know beforehand.
// It also decides for each object that arrives whether it is taken.
//
// How a runner drives it; all memory between the steps is in the Ledger (backup/ledger.h):
//
//   1. For each listing but the last kind, in any order and in parallel: GET and see() the names in `first`, in their
//      order; then for each of `namespaces` and each of `selectors` (or none) one LIST, and Ledger::see() for each
//      object. Write what it says to take.
//   2. While Ledger::take_wanted() is not empty: fetch those objects (a GET each, or when many of one kind are wanted
//      one LIST that is filtered by name) and Ledger::see_related() each. This brings in volumes, roles, CRDs, ...
//   3. The Namespace objects, `namespaces_listing` if there is one: which are taken depends on what was seen in 1.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backup/filter.h"
#include "backup/related.h"
#include "backup/spec.h"
#include "base/result.h"
#include "kube/discovery.h"
#include "kube/object_head.h"

namespace salvor::backup {

struct Features {
  bool all_versions = false;  // EnableAPIGroupVersions: every served version of a kind, not only the preferred one
};

struct Listing {
  kube::Resource resource;
  std::vector<std::string> namespaces;         // one LIST each; "" is all namespaces, or the cluster scope
  std::vector<kube::LabelSelector> selectors;  // to send with the LIST, one LIST each; none: a single plain LIST
  bool take = true;                            // false: nothing is written, the objects only tell what else is needed
  bool reads_text = false;                     // Ledger::see needs the object's text and not only its head
  std::vector<std::string> first;              // orderedResources: "ns/name" or "name"
  std::string why;                             // for a person
};

struct LeftOut {
  std::string group_resource, version;
  std::string reason;
};

struct Decision {
  bool take = false;
  std::string_view reason;  // why not; empty when taken
};

class Plan {
 public:
  std::vector<Listing> listings;
  std::optional<Listing> namespaces_listing;
  std::vector<LeftOut> left_out;
  std::vector<std::string> warnings;  // the backup may not be what was meant
  std::vector<std::string> errors;  // the backup cannot be complete: an included namespace is missing, a group is dead

  // For an object that a listing brought. Looks at the exclude label, the namespace, the kind, deletion and the
  // selectors. `selector` is the index of the selector whose LIST brought it: an object that an earlier selector
  // also brings is skipped, so that merged results hold it once. Namespace objects: see Ledger.
  Decision accepts(const Listing& listing, const kube::ObjectHead& head, std::size_t selector = 0) const;
  Decision accepts(const kube::Resource& resource, const kube::ObjectHead& head) const;
  // For an object that another one asked for: selectors do not apply to it, and a cluster-scoped kind need not be
  // included, only not excluded.
  Decision accepts_related(const kube::Resource& resource, const kube::ObjectHead& head) const;
  // Which Namespace objects are saved: those whose own labels match a selector, whatever the namespace filter says;
  // those that the namespace filter includes, unless it includes everything and there is a selector; and included
  // ones in which a listing found an object (`has_objects`), even one that was then skipped.
  Decision accepts_namespace(const kube::ObjectHead& head, bool has_objects) const;

  bool has_selectors() const { return !selectors_.empty(); }
  // A selector matches its labels, or there is none.
  bool selects(const kube::ObjectHead& head) const;
  // A kind that can be saved, in its preferred version, by "deployments.apps"; null when there is none.
  const kube::Resource* resource(std::string_view group_resource) const;
  const NamespaceFilter& namespaces() const { return namespaces_; }
  const RelatedRules& rules() const { return rules_; }

 private:
  friend class PlanMaker;
  struct Kind {
    kube::Resource resource;
    bool includes = false, excludes = false;
  };
  const Kind* kind(const kube::Resource& resource) const;

  NamespaceFilter namespaces_;
  std::map<std::string, Kind, std::less<>> kinds_;  // by group resource
  std::vector<kube::LabelSelector> selectors_;
  RelatedRules rules_;
};

// `spec` gets its defaults and is validated first; `invalid` carries every refusal.
Result<Plan> make_plan(const BackupSpec& spec, const kube::Discovery& discovery,
                       const std::vector<NamespaceInfo>& namespaces, const Features& features = {},
                       const IncludeExcludePolicy* policy = nullptr);

// One line per listing and per kind left out.
std::string to_string(const Plan& plan);

}  // namespace salvor::backup
