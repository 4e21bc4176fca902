// A cluster in memory for tests of selection, and the loop that a runner makes, without a server.
//
// One object is one line: kind, name with its namespace, labels, and what it refers to:
//
//   "pods team/web app=web claim:data priority:high running"
//   "persistentvolumeclaims team/data volume:pv-1"
//   "clusterrolebindings crb account:team/robot role:admin"
//   "secrets team/old deleting"
//
// Kinds are looked up in the world's discovery, so "deploy", "deployments" and "deployments.apps" are the same. A kind
// with a version, "widgets.example.com@v1beta1", is served in that version.
#pragma once

#include <string>
#include <vector>

#include "backup/plan.h"
#include "kube/discovery.h"

namespace salvor::backup::testing {

// The kinds of a small, current cluster: core, apps, networking, rbac, storage, CSI snapshots, two custom kinds.
kube::Discovery usual_discovery();
// Adds a kind with all verbs; "widgets.example.com@v1" names group, plural and version.
void offer(kube::Discovery& discovery, const std::string& name, const std::string& kind, bool namespaced,
           std::vector<std::string> verbs = {"create", "delete", "get", "list", "patch", "update", "watch"});

// A spec written as the flags of `backup create`: "--include-namespaces a,b --selector app=web".
BackupSpec spec_of(const std::string& flags);

struct World {
  std::vector<std::string> objects;
  kube::Discovery discovery = usual_discovery();
};

// The JSON of an object that is written as one line.
std::string object_text(const World& world, const std::string& line);

// Namespaces are objects like others; those that only appear in names exist as well.
std::vector<NamespaceInfo> namespaces_of(const World& world);

struct Outcome {
  std::vector<std::string> archive;  // "kind ns/name" sorted; core kinds by plural, others "deployments.apps"
  std::vector<std::string> order;    // the same as written
  std::vector<std::string> stored;   // objects whose text was changed on the way
  std::vector<std::string> missing;  // wanted, but not there
};

// Plan, listings, related rounds, namespaces: as plan.h tells a runner to do it.
Result<Outcome> simulate(const World& world, const BackupSpec& spec, const Features& features = {});
// The same for a plan that was made before.
Outcome run(const Plan& plan, const World& world);

// A table of selections over one world. `expected` is the archive as "kind ns/name, kind ns/name", or "refused".
struct Case {
  std::string name, flags, expected;
};
struct Group {
  std::vector<std::string> objects;
  std::vector<Case> cases;
};
void expect_all(const Group& group, const Features& features = {});

}  // namespace salvor::backup::testing
