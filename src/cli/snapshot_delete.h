// `salvor snapshot delete`: its entry in the table, and its body.
#pragma once

#include "cli/command.h"
#include "cli/flags_repository.h"
#include "cli/invocation.h"

namespace salvor::cli {

Result<Outcome> run_snapshot_delete(const Invocation& invocation);

namespace snapshot_delete {

inline constexpr Flag kFlags[] = {kConfirmFlag,
                                  {.name = "force", .kind = flag, .help = "Delete snapshots that are pinned, too."}};
inline constexpr FlagGroup kGroups[] = {
    {"Location", kLocationFlags}, {"Repository", kPasswordFlags}, {"Deletion", kFlags}, {"Identity", kIdentityFlags}};
inline constexpr Positional kNames[] = {{.name = "ID",
                                         .help = "A snapshot by its id or a beginning of it that no other has.",
                                         .arity = Arity::at_least_one}};
inline constexpr Example kExamples[] = {{"Delete a snapshot", "salvor snapshot delete 3f2a9c --location nas"}};
inline constexpr Outcome kOutcomes[] = {Outcome::not_found, Outcome::verification_failed};

inline constexpr Command kCommand = {
    .group = "snapshot",
    .name = "delete",
    .summary = "Delete snapshots",
    .description =
        "Deletes snapshots from a Kopia repository; it asks first. What no other snapshot needs takes up space until "
        "maintenance has removed it. Pinned snapshots, such as Velero's, are refused without --force. When one of the "
        "named snapshots cannot be deleted none is.",
    .positionals = kNames,
    .flags = kGroups,
    .examples = kExamples,
    .outcomes = kOutcomes,
    .run = run_snapshot_delete,
};

}  // namespace snapshot_delete

}  // namespace salvor::cli
