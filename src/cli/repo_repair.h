// `salvor repo repair`: its entry in the table, and its body.
#pragma once

#include "cli/command.h"
#include "cli/flags_repository.h"
#include "cli/invocation.h"

namespace salvor::cli {

Result<Outcome> run_repo_repair(const Invocation& invocation);

namespace repo_repair {

inline constexpr Flag kFlags[] = {
    {.name = "confirm", .alias = "yes", .short_name = 'y', .kind = flag, .help = "Write the index of what was found."},
    {.name = "all-packs",
     .kind = flag,
     .help = "Look into every pack, not only into those that no index mentions; takes two small requests a pack."},
    {.name = "parallel", .kind = integer, .value_name = "N", .help = "Requests at a time.", .initial = "8"},
};
inline constexpr FlagGroup kGroups[] = {
    {"Location", kLocationFlags}, {"Repository", kPasswordFlags}, {"Repair", kFlags}, {"Output", kOutputFlags}};
inline constexpr Example kExamples[] = {{"What would be named again", "salvor repo repair --location nas"},
                                        {"Name it again", "salvor repo repair --confirm --location nas"}};
inline constexpr Outcome kOutcomes[] = {Outcome::some_items_failed, Outcome::not_found, Outcome::verification_failed};

inline constexpr Command kCommand = {
    .group = "repo",
    .name = "repair",
    .summary = "Find contents again whose index is lost",
    .description =
        "Looks into the packs of a Kopia repository that no index mentions, reads the index that each of them ends "
        "with, "
        "and tells which contents can be named again; with --confirm an index of them is written. Nothing that an "
        "index "
        "says is changed, and nothing is removed. What maintenance was about to remove may be among it; it will find "
        "that again. An index blob that is damaged, and not missing, must be moved away first.",
    .flags = kGroups,
    .examples = kExamples,
    .outcomes = kOutcomes,
    .run = run_repo_repair,
};

}  // namespace repo_repair

}  // namespace salvor::cli
