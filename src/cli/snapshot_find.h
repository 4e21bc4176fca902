// `salvor snapshot find`: its entry in the table, and its body.
#pragma once

#include "cli/command.h"
#include "cli/flags_repository.h"
#include "cli/invocation.h"

namespace salvor::cli {

Result<Outcome> run_snapshot_find(const Invocation& invocation);

namespace snapshot_find {

inline constexpr Flag kFlags[] = {
    {.name = "source",
     .value_name = "[USER@HOST:]PATH",
     .help = "Only snapshots of this source; @HOST or USER@HOST alone takes every path of it."},
    {.name = "parallel", .kind = integer, .value_name = "N", .help = "Requests at a time.", .initial = "4"},
};
inline constexpr FlagGroup kGroups[] = {
    {"Location", kLocationFlags}, {"Repository", kPasswordFlags}, {"Which", kFlags}, {"Output", kOutputFlags}};
inline constexpr Positional kNames[] = {
    {.name = "NAME", .help = "The name of a file, link or directory; '*', '?' and '[a-z]' stand for other text."}};
inline constexpr Example kExamples[] = {
    {"In which snapshots is it, and where?", "salvor snapshot find report.pdf --location nas"},
    {"All configuration files", "salvor snapshot find '*.conf' --location nas"}};
inline constexpr Outcome kOutcomes[] = {Outcome::some_items_failed, Outcome::verification_failed};

inline constexpr Command kCommand = {
    .group = "snapshot",
    .name = "find",
    .summary = "Look a name up in all snapshots",
    .description =
        "Shows in which snapshots of a Kopia repository there is something of a name, oldest first, and under which "
        "path. A directory that many snapshots share is read once. ID/PATH is what `snapshot restore` takes.",
    .positionals = kNames,
    .flags = kGroups,
    .examples = kExamples,
    .outcomes = kOutcomes,
    .run = run_snapshot_find,
};

}  // namespace snapshot_find

}  // namespace salvor::cli
