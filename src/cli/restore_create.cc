// salvor restore plan and create: the plan, and the same plan carried out.
#include <nlohmann/json.hpp>

#include "backup/layout.h"
#include "base/units.h"
#include "cli/bodies.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/restore_work.h"
#include "cli/spec_flags.h"
#include "cli/summary.h"
#include "codec/yaml.h"

namespace salvor::cli {

namespace {

ProgressState state_of(const restore::Progress& progress) {
  ProgressState state;
  state.what = "restore";
  state.items = progress.done;
  state.items_total = progress.planned;
  if (progress.waiting > 0) state.current = std::to_string(progress.waiting) + " wait for a later pass";
  return state;
}

std::string closing_line(const std::string& name, const restore::RunOutcome& outcome, const restore::Progress& progress,
                         Duration took) {
  return "Restore \"" + name + "\" " + outcome.phase + ": " + std::to_string(progress.created) + " created, " +
         std::to_string(progress.updated) + " updated, " + std::to_string(progress.unchanged) + " unchanged, " +
         std::to_string(progress.skipped) + " skipped, " + std::to_string(progress.failed) + " failed, " +
         format_duration(took) + ".\n";
}

bool is_unnamed(const Invocation& invocation) {
  return invocation.arguments.name().empty() && !invocation.arguments.given("from-file");
}

// A name made of the time may be taken by the restore of the same second.
Result<std::string> free_name(store::Storage& storage, const std::string& name, std::stop_token stop) {
  std::string candidate = name;
  for (int number = 2; TRY(store::exists(storage, backup::RestoreKeys(candidate).metadata(), stop)); ++number) {
    candidate = name + "-" + std::to_string(number);
  }
  return candidate;
}

}  // namespace

Result<Outcome> run_restore_plan(const Invocation& invocation) {
  Wire wire(invocation);
  Result<restore::RestoreManifest> asked = asked_restore(invocation, wire.clock().now());
  if (!asked.ok() && asked.error().code() == Code::invalid) return refuse(invocation.console, asked.error());
  const PreparedRestore prepared = TRY(prepare_restore(invocation, wire, TRY(std::move(asked)), Extras::look));
  const std::string& format = invocation.arguments.text("output");
  if (format == "table") {
    invocation.console.out(restore::print_plan(prepared.plan, invocation.arguments.flag("details")));
  } else if (format == "name") {
    for (const restore::PlannedKind& kind : prepared.plan.kinds) {
      for (const restore::Entry& entry : kind.entries) {
        if (entry.action != restore::Action::create && entry.action != restore::Action::update) continue;
        invocation.console.out(kind.section.group_resource + "/" + (entry.ns.empty() ? "" : entry.ns + "/") +
                               entry.name + "\n");
      }
    }
  } else {
    const Json document = restore::to_json(prepared.plan);
    invocation.console.out(format == "json" ? codec::dump_json_pretty(document) + "\n" : codec::dump_yaml(document));
  }
  return Outcome::done;
}

Result<Outcome> run_restore_create(const Invocation& invocation) {
  Wire wire(invocation);
  Result<restore::RestoreManifest> asked = asked_restore(invocation, wire.clock().now());
  if (!asked.ok() && asked.error().code() == Code::invalid) return refuse(invocation.console, asked.error());
  restore::RestoreManifest manifest = TRY(std::move(asked));
  if (invocation.arguments.given("output")) return print_manifest(invocation, restore::to_json(manifest));
  const Duration began = wire.clock().monotonic();
  {
    const auto storage = TRY(wire.open_location(Wire::Purpose::write));
    if (is_unnamed(invocation)) manifest.name = TRY(free_name(*storage, manifest.name, invocation.stop));
    TRY(restore::check_restore_name(*storage, manifest.name, invocation.stop));
  }
  const PreparedRestore prepared = TRY(prepare_restore(invocation, wire, std::move(manifest), Extras::ignore));
  restore::Progress progress;
  Result<restore::RunOutcome> ran = Error(Code::internal, "not run");
  {
    const ProgressView view(invocation, wire.clock(), [&] { return state_of(progress); });
    ran = restore::run_restore(prepared.manifest, prepared.request, prepared.plan, prepared.source, {},
                               {*prepared.storage, *prepared.cluster, wire.clock(), wire.log()}, progress,
                               invocation.stop);
  }
  if (!ran.ok()) {
    Error error = std::move(ran).error().context("restore into " + prepared.door.connection.description);
    if (invocation.stop.stop_requested()) {
      return std::move(error).hint("The same command goes on: salvor restore create " + prepared.manifest.name +
                                   " --from-backup " + prepared.plan.backup + " ...");
    }
    return error;
  }
  print_results(invocation.console, ran->results);
  invocation.console.out(closing_line(prepared.manifest.name, *ran, progress, wire.clock().monotonic() - began));
  return ran->errors > 0 ? Outcome::some_items_failed : Outcome::done;
}

}  // namespace salvor::cli
