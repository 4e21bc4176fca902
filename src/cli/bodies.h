// The functions behind the command table, one file each (backup_create.cc, restore_plan.cc, ...).
#pragma once

#include "cli/command.h"
#include "cli/invocation.h"
#include "codec/json.h"

namespace salvor::cli {

Result<Outcome> run_backup_create(const Invocation& invocation);
Result<Outcome> run_backup_get(const Invocation& invocation);
Result<Outcome> run_backup_describe(const Invocation& invocation);
Result<Outcome> run_backup_logs(const Invocation& invocation);
Result<Outcome> run_backup_download(const Invocation& invocation);
Result<Outcome> run_backup_verify(const Invocation& invocation);
Result<Outcome> run_backup_delete(const Invocation& invocation);
Result<Outcome> run_backup_undelete(const Invocation& invocation);
Result<Outcome> run_backup_copy(const Invocation& invocation);
Result<Outcome> run_restore_plan(const Invocation& invocation);
Result<Outcome> run_restore_create(const Invocation& invocation);
Result<Outcome> run_restore_get(const Invocation& invocation);
Result<Outcome> run_restore_describe(const Invocation& invocation);
Result<Outcome> run_restore_logs(const Invocation& invocation);
Result<Outcome> run_object_get(const Invocation& invocation);
Result<Outcome> run_location_add(const Invocation& invocation);
Result<Outcome> run_location_list(const Invocation& invocation);
Result<Outcome> run_location_remove(const Invocation& invocation);
Result<Outcome> run_location_usage(const Invocation& invocation);
Result<Outcome> run_location_sync(const Invocation& invocation);
Result<Outcome> run_location_repair(const Invocation& invocation);
Result<Outcome> run_location_clean(const Invocation& invocation);
Result<Outcome> run_repo_create(const Invocation& invocation);
Result<Outcome> run_repo_status(const Invocation& invocation);
Result<Outcome> run_repo_maintain(const Invocation& invocation);
Result<Outcome> run_snapshot_create(const Invocation& invocation);
Result<Outcome> run_snapshot_list(const Invocation& invocation);
Result<Outcome> run_snapshot_ls(const Invocation& invocation);
Result<Outcome> run_snapshot_cat(const Invocation& invocation);
Result<Outcome> run_snapshot_restore(const Invocation& invocation);
Result<Outcome> run_snapshot_expire(const Invocation& invocation);
Result<Outcome> run_snapshot_policy(const Invocation& invocation);
Result<Outcome> run_key_generate(const Invocation& invocation);
Result<Outcome> run_key_show(const Invocation& invocation);
Result<Outcome> run_key_check(const Invocation& invocation);
Result<Outcome> run_key_rotate(const Invocation& invocation);

// -o json|yaml of `create`: what would be made, printed instead of made.
Result<Outcome> print_manifest(const Invocation& invocation, const Json& manifest);

}  // namespace salvor::cli
