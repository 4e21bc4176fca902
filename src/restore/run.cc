#include "restore/run.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "backup/catalog.h"
#include "backup/log_file.h"
#include "backup/verify.h"
#include "codec/json_access.h"

namespace salvor::restore {

namespace {

using backup::RestoreKeys;

// What is known of a restore at one moment, as its record holds it.
struct Record {
  const RestoreManifest& manifest;
  std::string phase;
  Time start;
  std::optional<Time> completion;
  std::uint64_t warnings = 0, errors = 0, total = 0, restored = 0;
  std::string failure_reason;
};

Result<> write_record(store::Storage& storage, const Record& record, std::stop_token stop) {
  Json document = to_json(record.manifest);
  Json status = {{"phase", record.phase}, {"startTimestamp", format_rfc3339(record.start)}};
  if (record.completion) status["completionTimestamp"] = format_rfc3339(*record.completion);
  if (record.warnings) status["warnings"] = record.warnings;
  if (record.errors) status["errors"] = record.errors;
  if (!record.failure_reason.empty()) status["failureReason"] = record.failure_reason;
  status["progress"] = {{"totalItems", record.total}, {"itemsRestored", record.restored}};
  document["status"] = status;
  return store::put(storage, RestoreKeys(record.manifest.name).metadata(), as_bytes(codec::dump_json(document)),
                    store::Exists::replace, stop);
}

// {"v1/Secret":["team/db(created)",...]} in the form stock Velero writes.
std::string resource_list(std::vector<Written> written) {
  std::map<std::string, std::vector<std::string>> kinds;
  for (const Written& one : written) {
    const std::string name = one.ns.empty() ? one.name : one.ns + "/" + one.name;
    kinds[one.api_version + "/" + one.kind].push_back(name + "(" + std::string(one.what) + ")");
  }
  for (auto& [kind, names] : kinds) std::sort(names.begin(), names.end());
  return codec::dump_json(Json(kinds));
}

Result<> write_companions(store::Storage& storage, const std::string& name, std::string_view results,
                          std::vector<Written> written, std::stop_token stop) {
  const RestoreKeys keys(name);
  const std::pair<std::string, std::string> files[] = {
      {keys.results(), std::string(results)},
      {keys.resource_list(), resource_list(std::move(written))},
      {keys.item_operations(), "[]"},
      {keys.volume_info(), "[]"},
  };
  for (const auto& [key, text] : files) TRY(backup::write_gzip(storage, key, text + "\n", stop));
  return {};
}

bool is_final(const std::string& phase) { return phase == "Completed" || phase == "PartiallyFailed"; }

}  // namespace

Result<Source> open_source(store::Storage& storage, const std::string& name, const std::string& spool_directory,
                           std::stop_token stop) {
  Source source;
  const Json metadata = TRY(backup::read_openable_backup(storage, name, stop));
  source.backup_phase = codec::text_at(metadata, {"status", "phase"});
  const backup::BackupKeys keys(name);
  Result<Json> volumes = backup::read_gzip_json(storage, keys.volume_info(), stop);
  if (volumes.ok()) {
    source.volume_methods = parse_volume_methods(*volumes);
  } else if (volumes.error().code() != Code::not_found) {
    return std::move(volumes).error();
  }
  source.archive = TRY(archive::Archive::open(
      storage, {.archive_key = keys.contents(), .index_key = keys.index(), .spool_directory = spool_directory}, stop));
  // What salvor did not write itself may claim anything.
  if (!source.archive->has_index()) {
    std::string first;
    TRY(backup::check_identities(
        *source.archive, [&](const std::string& problem) { first = first.empty() ? problem : first; }, stop));
    if (!first.empty()) return Error(Code::corrupt, "backup \"" + name + "\" in " + storage.describe() + ": " + first);
  }
  return source;
}

Result<std::string> newest_of_schedule(store::Storage& storage, std::string_view schedule, bool partially_failed_too,
                                       std::stop_token stop) {
  std::string newest, newest_time;
  for (const std::string& name : TRY(backup::backup_names(storage, stop))) {
    const Json document = TRY(backup::read_backup(storage, name, stop));
    const Json& labels = codec::object_member(codec::object_member(document, "metadata"), "labels");
    if (codec::text_member(labels, "velero.io/schedule-name") != schedule) continue;
    const std::string phase = codec::text_at(document, {"status", "phase"});
    if (phase != "Completed" && !(partially_failed_too && phase == "PartiallyFailed")) continue;
    std::string time = codec::text_at(document, {"status", "startTimestamp"});
    if (newest.empty() || time > newest_time) {
      newest = name;
      newest_time = std::move(time);
    }
  }
  if (!newest.empty()) return newest;
  return Error(Code::not_found,
               "no completed backup of schedule \"" + std::string(schedule) + "\" in " + storage.describe())
      .hint("`salvor backup get --location LOC` lists what is there; --allow-partially-failed widens the choice.");
}

Result<> read_plugin_config(Cluster& cluster, const kube::Discovery& discovery, const std::string& ns, Request& request,
                            std::stop_token stop) {
  const kube::Resource* config_maps = discovery.find_exact("", "v1", "configmaps");
  if (!config_maps) return {};
  Result<> listed = cluster.list(
      *config_maps, ns,
      [&](std::string_view text) -> Result<> {
        const Json object = TRY(codec::parse_json(text));
        const Json& labels = codec::object_member(codec::object_member(object, "metadata"), "labels");
        if (!codec::member(labels, "velero.io/plugin-config")) return {};
        const Json& values = codec::object_member(object, "data");
        if (codec::text_member(labels, "velero.io/change-storage-class") == "RestoreItemAction") {
          for (const auto& [from, to] : values.items()) {
            if (to.is_string()) request.storage_classes[from] = to.get<std::string>();
          }
        }
        if (codec::text_member(labels, "velero.io/change-image-name") == "RestoreItemAction") {
          request.image_parts = parse_image_parts(values);
        }
        return {};
      },
      stop);
  // Without Velero's namespace, or the permission to look into it, there are no such maps.
  if (!listed.ok() && (listed.error().code() == Code::denied || listed.error().code() == Code::not_found)) return {};
  return listed;
}

Result<bool> check_restore_name(store::Storage& storage, const std::string& name, std::stop_token stop) {
  TRY(backup::check_name("restore", name));
  if (!TRY(store::exists(storage, RestoreKeys(name).metadata(), stop))) return false;
  const Json record = TRY(backup::read_restore(storage, name, stop));
  if (!is_final(codec::text_at(record, {"status", "phase"}))) return true;
  return Error(Code::already_exists, "a restore \"" + name + "\" has already run and ended")
      .hint("Leave the name out, or choose another one.");
}

Result<RunOutcome> run_restore(const RestoreManifest& manifest, const Request& request, const Plan& plan,
                               const Source& source, const ApplyOptions& options, Environment environment,
                               Progress& progress, std::stop_token stop) {
  auto& [storage, cluster, clock, outer_log] = environment;
  RunOutcome outcome;
  outcome.went_on = TRY(check_restore_name(storage, manifest.name, stop));
  Record record{
      .manifest = manifest, .phase = "InProgress", .start = clock.now(), .completion = {}, .failure_reason = {}};
  record.total = plan.counts()[static_cast<std::size_t>(Action::create)];
  TRY(write_record(storage, record, stop));

  const auto log_file = std::make_shared<backup::LogFile>(
      TRY(storage.create(RestoreKeys(manifest.name).log(), store::Exists::replace, stop)));
  const Log log = outer_log.tee(log_file).with({{"restore", manifest.ns + "/" + manifest.name}});
  log.info("restore begins", {{"from_backup", plan.backup}, {"goes_on", outcome.went_on ? "yes" : "no"}});
  backup::Results results(Log(clock, log_file));
  for (const PlannedWarning& warning : plan.warnings) results.warn(warning.ns, warning.message);
  Result<std::vector<Written>> written =
      apply(plan, request, *source.archive, cluster, clock, options, results, progress, log, stop);
  // A stop leaves the record as it is: InProgress, so that the same command goes on.
  if (!written.ok() && (stop.stop_requested() || written.error().code() == Code::cancelled)) {
    return std::move(written).error();
  }
  if (!written.ok()) {
    record.failure_reason = written.error().message();
    results.error_general(record.failure_reason);
  }
  record.phase = !written.ok() ? "Failed" : results.errors() ? "PartiallyFailed" : "Completed";
  outcome.phase = record.phase;
  outcome.warnings = record.warnings = results.warnings();
  outcome.errors = record.errors = results.errors();
  outcome.results = codec::dump_json(results.to_json());
  record.completion = clock.now();
  record.restored = progress.created + progress.updated + progress.unchanged;
  log.info("restore done", {{"phase", record.phase},
                            {"created", progress.created.load()},
                            {"updated", progress.updated.load()},
                            {"errors", outcome.errors}});
  TRY(log_file->finish());
  TRY(write_companions(storage, manifest.name, outcome.results,
                       written.ok() ? std::move(*written) : std::vector<Written>{}, stop));
  TRY(write_record(storage, record, stop));
  if (!written.ok()) return std::move(written).error();
  return outcome;
}

}  // namespace salvor::restore
