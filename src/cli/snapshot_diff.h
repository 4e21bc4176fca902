// `salvor snapshot diff`: its entry in the table, and its body.
#pragma once

#include "cli/command.h"
#include "cli/flags_repository.h"
#include "cli/invocation.h"

namespace salvor::cli {

Result<Outcome> run_snapshot_diff(const Invocation& invocation);

namespace snapshot_diff {

inline constexpr FlagGroup kGroups[] = {
    {"Location", kLocationFlags}, {"Repository", kPasswordFlags}, {"Output", kOutputFlags}};
inline constexpr Positional kNames[] = {
    {.name = "ID[/PATH]",
     .help = "What there was: a snapshot by its id or a beginning of it, and a path below its root."},
    {.name = "ID[/PATH]", .help = "What there is instead."}};
inline constexpr Example kExamples[] = {
    {"What changed between two snapshots", "salvor snapshot diff 3f2a9c 81d0c4 --location nas"},
    {"In one directory of them", "salvor snapshot diff 3f2a9c/etc 81d0c4/etc --location nas"}};
inline constexpr Outcome kOutcomes[] = {Outcome::some_items_failed, Outcome::not_found, Outcome::verification_failed};

inline constexpr Command kCommand = {
    .group = "snapshot",
    .name = "diff",
    .summary = "Show what changed between two snapshots",
    .description =
        "Compares two snapshots, or two directories or files of them: what was added, what was removed, and of what is "
        "in both whether its type, mode, owner, size, time or content changed. Directories that are equal are not "
        "read. "
        "The exit status does not say whether there are differences.",
    .positionals = kNames,
    .flags = kGroups,
    .examples = kExamples,
    .outcomes = kOutcomes,
    .run = run_snapshot_diff,
};

}  // namespace snapshot_diff

}  // namespace salvor::cli
