// `salvor snapshot estimate`: its entry in the table, and its body.
#pragma once

#include "cli/command.h"
#include "cli/flags.h"
#include "cli/invocation.h"

namespace salvor::cli {

Result<Outcome> run_snapshot_estimate(const Invocation& invocation);

namespace snapshot_estimate {

inline constexpr FlagGroup kGroups[] = {{"Output", kOutputFlags}};
inline constexpr Positional kNames[] = {{.name = "PATH", .help = "The directory that would be saved."}};
inline constexpr Example kExamples[] = {{"How much is it?", "salvor snapshot estimate /srv/data"}};
inline constexpr Outcome kOutcomes[] = {Outcome::some_items_failed, Outcome::not_found};

inline constexpr Command kCommand = {
    .group = "snapshot",
    .name = "estimate",
    .summary = "Tell what a snapshot of a directory would hold",
    .description =
        "Walks a directory and counts files, links, directories and bytes, without a repository and without reading a "
        "file; what would be left out is named. Policies and .kopiaignore are not obeyed yet.",
    .positionals = kNames,
    .flags = kGroups,
    .examples = kExamples,
    .outcomes = kOutcomes,
    .run = run_snapshot_estimate,
};

}  // namespace snapshot_estimate

}  // namespace salvor::cli
