#include "snapshot/expire.h"

#include <map>
#include <utility>

#include "repo/manifest_writer.h"
#include "snapshot/remove.h"
#include "snapshot/retention.h"

namespace salvor::snapshot {

std::vector<RetainedSource> retained(std::vector<Manifest> snapshots, const Policies& policies) {
  std::map<std::string, RetainedSource> by_name;
  for (Manifest& manifest : snapshots) {
    RetainedSource& group = by_name[to_string(manifest.source)];
    group.source = manifest.source;
    group.snapshots.push_back({.manifest = std::move(manifest)});
  }
  std::vector<RetainedSource> all;
  for (auto& [name, group] : by_name) {
    const Result<EffectivePolicy> effective = policies.effective(group.source);
    if (!effective.ok()) {
      group.damage = effective.error().message();
    } else {
      std::vector<const Manifest*> manifests;
      for (const RetainedSource::Snapshot& one : group.snapshots) manifests.push_back(&one.manifest);
      auto reasons = retention_reasons(manifests, effective->policy);
      for (std::size_t i = 0; i < reasons.size(); ++i) group.snapshots[i].reasons = std::move(reasons[i]);
    }
    all.push_back(std::move(group));
  }
  return all;
}

Result<ExpirePlan> plan_expiry(repo::Repository& repository, const Source& source, std::stop_token stop) {
  Snapshots found = TRY(list_snapshots(repository, source, stop));
  const Policies policies = TRY(Policies::load(repository, std::move(stop)));
  return ExpirePlan{retained(std::move(found.all), policies), std::move(found.damaged)};
}

Result<std::size_t> expire(repo::Repository& repository, const ExpirePlan& plan, const Source& us, Clock& clock,
                           Rng& rng, std::stop_token stop) {
  std::vector<std::string> ids;
  for (const RetainedSource& group : plan.sources) {
    if (!group.damage.empty()) continue;
    for (const RetainedSource::Snapshot& one : group.snapshots) {
      if (one.goes()) ids.push_back(one.manifest.id);
    }
  }
  return remove_snapshots(repository, ids, Missing::passed_over, us.user, us.host, clock, rng, std::move(stop));
}

Result<std::size_t> remove_expired(repo::Repository& repository, repo::ContentWriter& contents, const Manifest& saved,
                                   Clock& clock, std::string& damage, std::stop_token stop) {
  const repo::ManifestSet manifests = TRY(repository.manifests(stop));
  std::vector<Manifest> all = snapshots_among(manifests, saved.source).all;
  std::erase_if(all, [&](const Manifest& one) { return one.source != saved.source || one.id == saved.id; });
  all.push_back(saved);
  std::size_t removed = 0;
  for (const RetainedSource& group : retained(std::move(all), Policies(manifests))) {
    damage = group.damage;
    if (!damage.empty()) continue;
    for (const RetainedSource::Snapshot& one : group.snapshots) {
      if (!one.goes()) continue;
      const repo::ManifestEntry* const entry = manifests.get(one.manifest.id);
      const Time modified = entry ? entry->modified : clock.now();  // that of `saved` need not be there yet
      TRY(repo::remove_manifest(contents, one.manifest.id, modified, clock, stop));
      ++removed;
    }
  }
  return removed;
}

}  // namespace salvor::snapshot
