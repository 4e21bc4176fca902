// `salvor repo upgrade`: its entry in the table, and its body.
#pragma once

#include "cli/command.h"
#include "cli/flags_repository.h"
#include "cli/invocation.h"

namespace salvor::cli {

Result<Outcome> run_repo_upgrade(const Invocation& invocation);

namespace repo_upgrade {

inline constexpr Flag kFlags[] = {
    {.name = "confirm", .alias = "yes", .short_name = 'y', .kind = flag, .help = "Upgrade it, or roll it back."},
    {.name = "rollback",
     .kind = flag,
     .help = "End an upgrade that is not done, and leave the repository as it was before."},
    {.name = "owner",
     .value_name = "NAME",
     .help = "Whose upgrade it is; without it USER@HOST. To go on with one that another began, name that one."},
    {.name = "io-drain-timeout",
     .kind = duration,
     .value_name = "TIME",
     .help = "How long other clients may take to notice that they must stop; twice that is waited.",
     .initial = "15m"},
    {.name = "status-poll-interval",
     .kind = duration,
     .value_name = "TIME",
     .help = "How often it is looked whether the upgrade was rolled back meanwhile.",
     .initial = "1m"},
    {.name = "max-permitted-clock-drift",
     .kind = duration,
     .value_name = "TIME",
     .help = "How far clocks may be apart; that is waited, too.",
     .initial = "5m"},
    {.name = "allow-unsafe-upgrade",
     .kind = flag,
     .help = "Take shorter times than clients need to notice. What one that still runs writes then is LOST."},
};
inline constexpr FlagGroup kGroups[] = {{"Location", kLocationFlags},
                                        {"Repository", kPasswordFlags},
                                        {"Upgrade", kFlags},
                                        {"Identity", kIdentityFlags},
                                        {"Output", kOutputFlags}};
inline constexpr Example kExamples[] = {{"See what would be done", "salvor repo upgrade --location nas"},
                                        {"Upgrade a repository", "salvor repo upgrade --confirm --location nas"},
                                        {"Go back to how it was, after the upgrade was interrupted",
                                         "salvor repo upgrade --rollback --confirm --location "
                                         "nas"}};
inline constexpr Outcome kOutcomes[] = {Outcome::not_found, Outcome::verification_failed};

inline constexpr Command kCommand = {
    .group = "repo",
    .name = "upgrade",
    .summary = "Bring a Kopia repository to the newest format",
    .description =
        "Brings a repository of format 1 or 2 to format 3, as `kopia repository upgrade` does. Without --confirm it "
        "tells what would be done. From format 1 it takes the repository for itself, waits until every other client "
        "has noticed and stopped (35 minutes as it is usual), writes all indexes anew, compares them with the old ones "
        "and opens the repository again. When it is interrupted the repository stays locked: run it again to go on, or "
        "with --rollback to go back. Versions of kopia before 0.11 do not open it afterwards.",
    .flags = kGroups,
    .examples = kExamples,
    .outcomes = kOutcomes,
    .run = run_repo_upgrade,
};

}  // namespace repo_upgrade

}  // namespace salvor::cli
