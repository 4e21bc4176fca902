// salvor backup create: from flags to a published backup.
#include <nlohmann/json.hpp>

#include "backup/layout.h"
#include "backup/run.h"
#include "base/units.h"
#include "cli/bodies.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/spec_flags.h"
#include "cli/summary.h"
#include "cli/text.h"
#include "cli/wire.h"
#include "codec/yaml.h"

namespace salvor::cli {

namespace {

backup::RunOptions run_options(const Invocation& invocation, const Wire& wire) {
  backup::RunOptions options;
  options.spool_directory = wire.spool_directory();
  for (const std::string& feature : invocation.arguments.list("features")) {
    if (feature == "EnableAPIGroupVersions") options.features.all_versions = true;
  }
  return options;
}

ProgressState state_of(const backup::Progress& progress) {
  ProgressState state;
  state.what = "backup";
  state.steps = progress.steps;
  state.steps_total = progress.steps_total;
  state.items = progress.items;
  state.bytes = progress.bytes;
  state.current = progress.current.with([](const std::string& text) { return text; });
  return state;
}

}  // namespace

Result<Outcome> print_manifest(const Invocation& invocation, const Json& manifest) {
  const bool json = invocation.arguments.text("output") == "json";
  invocation.console.out(json ? codec::dump_json_pretty(manifest) + "\n" : codec::dump_yaml(manifest));
  return Outcome::done;
}

namespace {

// What the command line asks for; `invalid` when no cluster could make it right.
Result<backup::Backup> asked_for(const Invocation& invocation) {
  backup::Backup request = TRY(backup_from(invocation));
  const std::vector<std::string> problems = backup::validate(request.spec);
  if (!problems.empty()) return Error(Code::invalid, "the backup's spec is refused: " + joined(problems, "; "));
  if (!request.name.empty()) TRY(backup::check_name("backup", request.name));
  return request;
}

}  // namespace

Result<Outcome> run_backup_create(const Invocation& invocation) {
  Result<backup::Backup> asked = asked_for(invocation);
  if (!asked.ok() && asked.error().code() == Code::invalid) return refuse(invocation.console, asked.error());
  backup::Backup request = TRY(std::move(asked));
  if (invocation.arguments.given("output")) return print_manifest(invocation, TRY(backup::to_json(request)));
  if (request.name.empty()) {
    return refuse(
        invocation.console,
        Error(Code::invalid, "the backup has no name").hint("Give one: salvor backup create NAME --location LOC"));
  }
  Wire wire(invocation);
  const auto storage = TRY(wire.open_location(Wire::Purpose::write));
  const ClusterDoor door = TRY(wire.open_cluster());

  backup::Progress progress;
  Result<backup::RunOutcome> ran = Error(Code::internal, "not run");
  {
    const ProgressView view(invocation, wire.clock(), [&] { return state_of(progress); });
    ran = backup::run_backup(*door.client, *storage, std::move(request), run_options(invocation, wire), wire.clock(),
                             wire.log(), progress, invocation.stop);
  }
  if (!ran.ok()) {
    return std::move(ran).error().context("backup of " + door.connection.description + " into " + storage->describe());
  }
  const backup::RunOutcome& outcome = *ran;
  print_results(invocation.console, outcome.results);
  const auto took = *outcome.backup.status.completion - *outcome.backup.status.start;
  invocation.console.out("Backup \"" + outcome.backup.name + "\" " + outcome.backup.status.phase + ": " +
                         std::to_string(outcome.totals.objects) + " objects, " +
                         format_bytes(outcome.totals.text_bytes) + " in " + format_bytes(outcome.totals.archive_bytes) +
                         ", " + format_duration(took) + ", read back and verified.\n");
  return outcome.backup.status.errors > 0 ? Outcome::some_items_failed : Outcome::done;
}

}  // namespace salvor::cli
