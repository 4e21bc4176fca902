// What `restore plan` and `restore create` do alike: everything up to the plan.
#pragma once

#include <memory>

#include "cli/invocation.h"
#include "cli/wire.h"
#include "restore/run.h"

namespace salvor::cli {

// A restore that is ready to be shown or applied.
struct PreparedRestore {
  std::unique_ptr<store::Storage> storage;
  ClusterDoor door;
  std::unique_ptr<restore::Cluster> cluster;
  restore::RestoreManifest manifest;
  restore::Request request;
  restore::Source source;
  restore::Plan plan;
};

// The restore that the command line asks for; `invalid` when no cluster and no backup could make it right.
Result<restore::RestoreManifest> asked_restore(const Invocation& invocation, Time now);

enum class Extras { look, ignore };  // whether the plan also names what is live and not in the backup

Result<PreparedRestore> prepare_restore(const Invocation& invocation, Wire& wire, restore::RestoreManifest manifest,
                                        Extras extras);

}  // namespace salvor::cli
