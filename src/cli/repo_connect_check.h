// `salvor repo connect-check`: its entry in the table, and its body.
#pragma once

#include "cli/command.h"
#include "cli/flags_repository.h"
#include "cli/invocation.h"

namespace salvor::cli {

Result<Outcome> run_repo_connect_check(const Invocation& invocation);

namespace repo_connect_check {

inline constexpr FlagGroup kGroups[] = {
    {"Location", kLocationFlags}, {"Repository", kPasswordFlags}, {"Output", kOutputFlags}};
inline constexpr Example kExamples[] = {
    {"Try out whether backups can go there", "salvor repo connect-check --location nas --password-file ~/.kopia"}};
inline constexpr Outcome kOutcomes[] = {Outcome::some_items_failed, Outcome::not_found, Outcome::verification_failed};

inline constexpr Command kCommand = {
    .group = "repo",
    .name = "connect-check",
    .summary = "Try out whether a Kopia repository can be used",
    .description =
        "Goes all the way to a repository and tells how far it came: the location answers, there is a repository of a "
        "format that is known here, the password opens it, nobody upgrades it, its indexes are whole, the storage's "
        "clock "
        "agrees with this computer's, and objects can be written and removed. A probe is written below plugins/ and "
        "removed again. Exit status 3: it can be used with what the warnings say.",
    .flags = kGroups,
    .examples = kExamples,
    .outcomes = kOutcomes,
    .run = run_repo_connect_check,
};

}  // namespace repo_connect_check

}  // namespace salvor::cli
