#include "backup/run.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "backup/catalog.h"
#include "backup/claim.h"
#include "backup/log_file.h"
#include "backup/publish.h"
#include "backup/read_back.h"
#include "backup/resource_policy.h"
#include "base/task_group.h"

namespace salvor::backup {

namespace {

constexpr Duration kDefaultTtl = std::chrono::hours(720);

bool is_literal(const std::string& pattern) { return pattern.find_first_of("*?[") == std::string::npos; }

// Without the permission to list namespaces a backup of named ones is still possible.
Result<std::vector<NamespaceInfo>> named_namespaces(const BackupSpec& spec, Error refused) {
  const auto& names = spec.included_namespaces;
  if (refused.code() != Code::denied || names.empty() || !std::all_of(names.begin(), names.end(), is_literal)) {
    return refused;
  }
  std::vector<NamespaceInfo> namespaces;
  for (const std::string& name : names) namespaces.push_back({name, {}});
  return namespaces;
}

void stamp(Backup& backup, const ClusterFacts& facts, Time now) {
  backup.annotations["velero.io/source-cluster-k8s-gitversion"] = facts.version.git_version;
  backup.annotations["velero.io/source-cluster-k8s-major-version"] = facts.version.major;
  backup.annotations["velero.io/source-cluster-k8s-minor-version"] = facts.version.minor;
  if (backup.spec.storage_location.empty()) backup.spec.storage_location = "default";
  backup.labels["velero.io/storage-location"] = backup.spec.storage_location;
  backup.status.start = now;
  backup.status.expiration = now + (backup.spec.ttl > Duration{} ? backup.spec.ttl : kDefaultTtl);
}

void close(Backup& backup, const Results& results, std::uint64_t objects, Time now) {
  backup.status.warnings = static_cast<std::int64_t>(results.warnings());
  backup.status.errors = static_cast<std::int64_t>(results.errors());
  backup.status.total_items = backup.status.items_backed_up = static_cast<std::int64_t>(objects);
  backup.status.phase = results.errors() > 0 ? "PartiallyFailed" : "Completed";
  backup.status.completion = now;
}

// What was known before the first object was read.
void note(const std::vector<std::string>& fact_warnings, const Plan& plan, Results& results) {
  for (const std::string& warning : fact_warnings) results.warn_general(warning);
  for (const std::string& warning : plan.warnings) results.warn_general(warning);
  for (const std::string& error : plan.errors) results.error_general(error);
}

// All of a backup but the file that makes it exist, read back.
Result<> publish_parts(store::Storage& storage, const BackupKeys& keys, archive::Writer& writer,
                       const std::string& volume_info, const std::string& spool_directory, RunOutcome& outcome,
                       std::stop_token stop) {
  outcome.totals = TRY(writer.finish());
  TaskGroup group(stop);  // the files beside the archive, while that is read back
  group.start([&](std::stop_token token) { return read_back_archive(storage, keys, outcome.totals, token); });
  group.start([&](std::stop_token token) -> Result<> {
    TRY(publish_index(storage, keys, writer, token));
    TRY(read_back_index(storage, keys, outcome.totals, spool_directory, token));
    return publish_companions(storage, keys, outcome.results, volume_info, token);
  });
  return group.join();
}

// After a failure: nobody would list the parts, and they would take their space until the name is used again. They stay
// when the claim is not ours any more, or when the storage does not answer.
Error abandon(store::Storage& storage, const Claim& claim, const std::string& name, Error error) {
  const bool answers = error.code() != Code::unavailable && error.code() != Code::deadline;
  if (answers && claim.check({}).ok()) {
    [[maybe_unused]] const Result<> cleared = clear_folder(storage, name, {});
  }
  return error;
}

}  // namespace

Result<ClusterFacts> read_cluster_facts(kube::Client& client, const BackupSpec& spec, std::stop_token stop) {
  ClusterFacts facts;
  facts.version = TRY(client.version(stop));
  facts.discovery = TRY(client.discover(stop));
  const kube::Resource* namespaces = facts.discovery.find_exact("", "v1", "namespaces");
  if (!namespaces)
    return Error(Code::invalid, client.server() + " does not offer namespaces: is it a Kubernetes API server?");
  kube::HeadReader heads;
  Result<kube::ListEnd> end = client.list(
      *namespaces, {},
      [&](std::string_view item) -> Result<> {
        kube::ObjectHead head = TRY(heads.read(item));
        kube::Labels labels(head.labels.begin(), head.labels.end());
        facts.namespaces.push_back({std::move(head.name), std::move(labels)});
        return {};
      },
      stop);
  if (!end.ok()) {
    const std::string reason = end.error().message();
    facts.namespaces = TRY(named_namespaces(spec, std::move(end).error()));
    facts.warnings.push_back(reason + ": the namespaces are taken as named, without their labels");
  }
  return facts;
}

Result<RunOutcome> run_backup(kube::Client& client, store::Storage& storage, Backup request, const RunOptions& options,
                              Clock& clock, const Log& outer_log, Progress& progress, std::stop_token stop) {
  TRY(check_name("backup", request.name));
  const BackupKeys keys(request.name);
  if (Result<> absent = refuse_existing(storage, request.name, stop); !absent.ok()) {
    // A run that was killed between publishing and giving its claim back has left it here.
    if (absent.error().code() == Code::already_exists) (void)Claim::take(storage, request.name, stop).ok();
    return std::move(absent).error();
  }
  const Claim claim = TRY(Claim::take(storage, request.name, stop));
  TRY(clear_folder(storage, request.name, stop));

  ClusterFacts facts = TRY(read_cluster_facts(client, request.spec, stop));
  const std::optional<IncludeExcludePolicy> policy = TRY(read_resource_policy(client, facts.discovery, request, stop));
  const Plan plan =
      TRY(make_plan(request.spec, facts.discovery, facts.namespaces, options.features, policy ? &*policy : nullptr));
  apply_defaults(request.spec, facts.namespaces);  // as the published Backup shows them
  stamp(request, facts, clock.now());

  const auto log_file = std::make_shared<LogFile>(TRY(storage.create(keys.log(), store::Exists::replace, stop)));
  const Log log = outer_log.tee(log_file).with({{"backup", request.ns + "/" + request.name}});
  Results results(Log(clock, log_file));
  note(facts.warnings, plan, results);

  const std::unique_ptr<archive::Writer> writer = TRY(archive::Writer::create(
      TRY(storage.create(keys.contents(), store::Exists::replace, stop)), options.spool_directory,
      {.compression_level = options.compression_level, .modified = clock.now()}));
  Ledger ledger(plan, request.name);
  VolumeInfo volumes(request.spec);
  TRY(Collector(client, plan, ledger, *writer, volumes, results, progress, log, options.collect).run(stop));
  for (const VolumeInfo::Unsaved& one : volumes.unsaved()) results.error(one.ns, one.message);

  RunOutcome outcome;
  outcome.results = codec::dump_json(results.to_json());
  Result<> complete = publish_parts(storage, keys, *writer, codec::dump_json(volumes.to_json()),
                                    options.spool_directory, outcome, stop);
  close(request, results, outcome.totals.objects, clock.now());
  if (complete.ok()) {
    log.info("backup done", {{"phase", request.status.phase},
                             {"objects", outcome.totals.objects},
                             {"bytes", outcome.totals.archive_bytes}});
    complete = log_file->finish();
  }
  if (complete.ok()) complete = claim.check(stop);
  if (!complete.ok()) return abandon(storage, claim, request.name, std::move(complete).error());
  TRY(publish_metadata(storage, keys, request, stop));
  outcome.backup = std::move(request);
  return outcome;
}

}  // namespace salvor::backup
