#include "cli/restore_work.h"

#include <nlohmann/json.hpp>

#include "backup/catalog.h"
#include "backup/layout.h"
#include "cli/report.h"
#include "cli/spec_flags.h"
#include "cli/text.h"

namespace salvor::cli {

namespace {

// The rules of --resource-modifier-configmap, from the cluster.
Result<restore::Modifiers> modifiers_in_cluster(restore::Cluster& cluster, const kube::Discovery& discovery,
                                                const restore::RestoreManifest& manifest, std::stop_token stop) {
  if (manifest.spec.modifier_name.empty()) return restore::Modifiers();
  const kube::Resource* config_maps = discovery.find_exact("", "v1", "configmaps");
  if (!config_maps) return Error(Code::unsupported, "the cluster offers no ConfigMaps");
  const std::string what = "resource modifiers " + manifest.ns + "/" + manifest.spec.modifier_name;
  Result<std::string> text = cluster.get(*config_maps, manifest.ns, manifest.spec.modifier_name, stop);
  if (!text.ok()) return std::move(text).error().context(what);
  return restore::Modifiers::from_config_map(TRY(codec::parse_json(*text))).context(what);
}

void warn_about_phase(const Invocation& invocation, const std::string& backup, const std::string& phase) {
  if (phase == "Completed" || phase.empty()) return;
  report_warning(invocation.console, "backup \"" + backup + "\" is " + phase +
                                         ": some objects are missing from it; `salvor backup describe` names them");
}

// An archive that is sound by itself, but not the one that the index was written for, may lack any number of objects.
Result<> warn_about_index(const Invocation& invocation, store::Storage& storage, const std::string& backup,
                          const archive::Archive& archive) {
  if (archive.has_index()) return {};
  if (!TRY(store::exists(storage, backup::BackupKeys(backup).index(), invocation.stop))) return {};
  report_warning(invocation.console, "backup \"" + backup + "\": " + archive.why_no_index() +
                                         "; `salvor backup verify` tells what is missing");
  return {};
}

}  // namespace

Result<restore::RestoreManifest> asked_restore(const Invocation& invocation, Time now) {
  restore::RestoreManifest manifest = TRY(restore_from(invocation, now));
  if (const auto refusals = restore::validate(manifest.spec); !refusals.empty()) {
    return Error(Code::invalid, "the restore's spec is refused: " + joined(refusals, "; "));
  }
  TRY(backup::check_name("restore", manifest.name));
  return manifest;
}

Result<PreparedRestore> prepare_restore(const Invocation& invocation, Wire& wire, restore::RestoreManifest manifest,
                                        Extras extras) {
  PreparedRestore prepared;
  prepared.storage = TRY(wire.open_location(Wire::Purpose::read));
  if (manifest.spec.backup.empty() && !manifest.spec.schedule.empty()) {
    manifest.spec.backup = TRY(restore::newest_of_schedule(
        *prepared.storage, manifest.spec.schedule,
        invocation.arguments.optional_bool("allow-partially-failed").value_or(false), invocation.stop));
    manifest.spec.schedule.clear();
  }
  prepared.source =
      TRY(restore::open_source(*prepared.storage, manifest.spec.backup, wire.spool_directory(), invocation.stop));
  warn_about_phase(invocation, manifest.spec.backup, prepared.source.backup_phase);
  TRY(warn_about_index(invocation, *prepared.storage, manifest.spec.backup, *prepared.source.archive));

  prepared.door = TRY(wire.open_cluster());
  prepared.cluster = restore::make_cluster(*prepared.door.client);
  const kube::Discovery discovery = TRY(prepared.cluster->discover(invocation.stop));
  restore::Request& request = prepared.request;
  request.name = manifest.name;
  request.modifiers = TRY(modifiers_from(invocation));
  if (request.modifiers.empty()) {
    request.modifiers = TRY(modifiers_in_cluster(*prepared.cluster, discovery, manifest, invocation.stop));
  }
  request.volume_methods = prepared.source.volume_methods;
  TRY(restore::read_plugin_config(*prepared.cluster, discovery, manifest.ns, request, invocation.stop));
  request.spec = manifest.spec;

  SystemRng rng;
  prepared.plan = TRY(restore::make_plan(request, *prepared.source.archive, *prepared.cluster, rng,
                                         {.list_extras = extras == Extras::look}, wire.log(), invocation.stop)
                          .context("plan for " + prepared.door.connection.description + " from backup \"" +
                                   manifest.spec.backup + "\""));
  prepared.manifest = std::move(manifest);
  return prepared;
}

}  // namespace salvor::cli
