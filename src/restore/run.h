// Running a restore: from a manifest to a plan, and from the plan to a cluster and a record in the location.
//
// The record, restores/<name>/salvor-restore.json, is written before the first object with phase InProgress and again
// at the end. A restore that was interrupted is found by it, and the same command goes on under the same name.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "archive/archive.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/rng.h"
#include "restore/apply.h"
#include "restore/plan.h"
#include "store/storage.h"

namespace salvor::restore {

// The backup that is restored from, opened.
struct Source {
  std::unique_ptr<archive::Archive> archive;
  std::map<std::string, VolumeMethod> volume_methods;
  std::string backup_phase;  // "Completed", "PartiallyFailed"
};

// `spool_directory` takes a seekable copy of archives that have no index. Errors: not_found, corrupt.
Result<Source> open_source(store::Storage& storage, const std::string& backup, const std::string& spool_directory,
                           std::stop_token stop);

// Name of the newest completed backup of a schedule; partially failed ones count when allowed. not_found else.
Result<std::string> newest_of_schedule(store::Storage& storage, std::string_view schedule, bool partially_failed_too,
                                       std::stop_token stop);

// Maps that Velero's users keep in ConfigMaps of its namespace, labelled velero.io/plugin-config.
Result<> read_plugin_config(Cluster& cluster, const kube::Discovery& discovery, const std::string& ns, Request& request,
                            std::stop_token stop);

struct RunOutcome {
  std::string phase;    // "Completed", "PartiallyFailed", "Failed"
  std::string results;  // warnings and errors as JSON, in the form of restore-<name>-results.gz
  std::uint64_t warnings = 0, errors = 0;
  bool went_on = false;  // an interrupted restore of this name was taken up
};

struct Environment {
  store::Storage& storage;
  Cluster& cluster;
  Clock& clock;
  const Log& log;
};

// Applies a plan and keeps the record. already_exists when a restore of this name has ended.
Result<RunOutcome> run_restore(const RestoreManifest& manifest, const Request& request, const Plan& plan,
                               const Source& source, const ApplyOptions& options, Environment environment,
                               Progress& progress, std::stop_token stop);

// `already_exists` when a restore of this name has ended; true when one was interrupted.
Result<bool> check_restore_name(store::Storage& storage, const std::string& name, std::stop_token stop);

}  // namespace salvor::restore
