// salvor snapshot expire.
#include "snapshot/expire.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/bodies.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/source_name.h"
#include "cli/text.h"
#include "cli/wire_repository.h"

namespace salvor::cli {

namespace {

// Only what the arguments name; each must name something.
Result<> narrow(snapshot::ExpirePlan& plan, const Invocation& invocation) {
  std::vector<snapshot::Source> named;
  for (const std::string& name : invocation.arguments.positionals()) {
    const snapshot::Source& source = named.emplace_back(TRY(named_source(invocation, name)));
    const auto has = [&](const snapshot::RetainedSource& group) { return is_named(group.source, source); };
    if (std::ranges::none_of(plan.sources, has)) {
      return Error(Code::not_found, "there is no snapshot of " + escape_controls(to_string(source)))
          .hint("`salvor snapshot list` shows of what there are.");
    }
  }
  if (named.empty()) return {};
  std::erase_if(plan.sources, [&](const snapshot::RetainedSource& group) {
    return std::ranges::none_of(named, [&](const snapshot::Source& source) { return is_named(group.source, source); });
  });
  return {};
}

// Shows what is kept and what goes; how many go.
Result<std::size_t> show(const Invocation& invocation, const snapshot::ExpirePlan& plan) {
  Table table{{{"ID"}, {"SOURCE"}, {"START"}, {"EXPIRED"}, {"KEPT FOR"}}, {}};
  std::vector<Json> records;
  std::size_t going = 0;
  for (const snapshot::RetainedSource& group : plan.sources) {
    if (!group.damage.empty()) {
      report_warning(invocation.console, "nothing of " + escape_controls(to_string(group.source)) +
                                             " expires: " + escape_controls(group.damage));
    }
    for (const snapshot::RetainedSource::Snapshot& one : group.snapshots) {
      const bool goes = one.goes() && group.damage.empty();
      going += goes ? 1 : 0;
      std::vector<std::string> why = one.reasons;
      for (const std::string& pin : one.manifest.pins) why.push_back("pin:" + pin);
      table.rows.push_back({one.manifest.id.substr(0, 12), to_string(group.source), format_rfc3339(one.manifest.start),
                            goes ? "yes" : "", joined(why, ",")});
      records.push_back(
          {{"id", one.manifest.id},
           {"source", {{"user", group.source.user}, {"host", group.source.host}, {"path", group.source.path}}},
           {"start", format_rfc3339(one.manifest.start)},
           {"expired", goes},
           {"retention", one.reasons},
           {"pins", one.manifest.pins}});
    }
  }
  TRY(print(invocation, "snapshot", table, records, Records::found));
  return going;
}

}  // namespace

Result<Outcome> run_snapshot_expire(const Invocation& invocation) {
  Wire wire(invocation);
  const bool is_meant = invocation.arguments.flag("confirm");
  const RepositoryDoor door =
      TRY(open_repository(wire, invocation, is_meant ? Wire::Purpose::write : Wire::Purpose::read));
  snapshot::ExpirePlan plan = TRY(snapshot::plan_expiry(*door.repository, {}, invocation.stop));
  TRY(narrow(plan, invocation));
  for (const snapshot::DamagedManifest& damaged : plan.damaged) {
    report_warning(invocation.console, "snapshot " + damaged.id + " is kept: " + damaged.error.message());
  }
  const std::size_t going = TRY(show(invocation, plan));
  if (!is_meant) {
    if (going > 0) {
      invocation.console.err(std::to_string(going) + " would be removed. Add --confirm to remove them.\n");
    }
    return Outcome::done;
  }
  const std::size_t removed = TRY(
      snapshot::expire(*door.repository, plan, source_of(invocation, {}), wire.clock(), wire.rng(), invocation.stop));
  invocation.console.err(std::to_string(removed) + " removed.\n");
  return Outcome::done;
}

}  // namespace salvor::cli
