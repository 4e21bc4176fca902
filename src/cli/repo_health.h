// `salvor repo health`: its entry in the table, and its body.
#pragma once

#include "cli/command.h"
#include "cli/flags_repository.h"
#include "cli/invocation.h"

namespace salvor::cli {

Result<Outcome> run_repo_health(const Invocation& invocation);

namespace repo_health {

inline constexpr Flag kFlags[] = {
    {.name = "parallel", .kind = integer, .value_name = "N", .help = "Requests at a time.", .initial = "4"}};
inline constexpr FlagGroup kGroups[] = {
    {"Location", kLocationFlags}, {"Repository", kPasswordFlags}, {"Reading", kFlags}, {"Output", kOutputFlags}};
inline constexpr Example kExamples[] = {{"How is it?", "salvor repo health --location nas --password-file ~/.kopia"}};
inline constexpr Outcome kOutcomes[] = {Outcome::not_found, Outcome::verification_failed};

inline constexpr Command kCommand = {
    .group = "repo",
    .name = "health",
    .summary = "Tell on one screen how a Kopia repository is",
    .description =
        "Tells how many snapshots there are and how much they hold, how much of it is stored once and how small, what "
        "was "
        "deleted or is not needed any more, and when maintenance will free its space. Directories are read, files are "
        "not. Exit status 5: something that snapshots need is not there.",
    .flags = kGroups,
    .examples = kExamples,
    .outcomes = kOutcomes,
    .run = run_repo_health,
};

}  // namespace repo_health

}  // namespace salvor::cli
