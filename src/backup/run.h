// Running a backup: from a spec to a published backup in a location.
//
// Nothing of a backup is visible as a backup until its last file, velero-backup.json, is committed. A crash before that
// leaves files that no one lists; the next run under the same name clears them.
#pragma once

#include <stop_token>
#include <string>

#include "archive/archive.h"
#include "backup/collect.h"
#include "backup/plan.h"
#include "backup/progress.h"
#include "backup/results.h"
#include "backup/spec.h"
#include "base/clock.h"
#include "base/log.h"
#include "kube/client.h"
#include "store/storage.h"

namespace salvor::backup {

struct RunOptions {
  CollectOptions collect;
  Features features;
  int compression_level = 1;
  std::string spool_directory = "/tmp";
};

struct RunOutcome {
  Backup backup;        // as published, with its status
  std::string results;  // warnings and errors as JSON, in the form of <name>-results.gz
  archive::Writer::Totals totals;
};

// What the cluster offers, read once for planning.
struct ClusterFacts {
  kube::ServerVersion version;
  kube::Discovery discovery;
  std::vector<NamespaceInfo> namespaces;
  std::vector<std::string> warnings;
};
Result<ClusterFacts> read_cluster_facts(kube::Client& client, const BackupSpec& spec, std::stop_token stop);

// Errors: already_exists (a backup of that name), invalid (the spec, with every refusal), and whatever makes a backup
// impossible. Objects or kinds that could not be read do not end it: the phase is then PartiallyFailed.
Result<RunOutcome> run_backup(kube::Client& client, store::Storage& storage, Backup request, const RunOptions& options,
                              Clock& clock, const Log& log, Progress& progress, std::stop_token stop);

}  // namespace salvor::backup
