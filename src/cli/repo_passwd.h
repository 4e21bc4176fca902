// `salvor repo passwd`: its entry in the table, and its body.
#pragma once

#include "cli/command.h"
#include "cli/flags_repository.h"
#include "cli/invocation.h"

namespace salvor::cli {

Result<Outcome> run_repo_passwd(const Invocation& invocation);

namespace repo_passwd {

inline constexpr Flag kFlags[] = {
    {.name = "new-password-file",
     .kind = path,
     .value_name = "FILE",
     .help = "The file that holds the new password; without it the password is asked for on the terminal, twice."}};
inline constexpr FlagGroup kGroups[] = {
    {"Location", kLocationFlags}, {"Repository", kPasswordFlags}, {"New password", kFlags}};
inline constexpr Example kExamples[] = {
    {"Change a password", "salvor repo passwd --location nas --password-file old --new-password-file new"}};
inline constexpr Outcome kOutcomes[] = {Outcome::not_found, Outcome::verification_failed};

inline constexpr Command kCommand = {
    .group = "repo",
    .name = "passwd",
    .summary = "Change the password of a Kopia repository",
    .description =
        "Gives a repository another password. The new one is tried before anything is replaced. The keys of the data "
        "stay "
        "as they are: who had the old password and a copy of kopia.repository from then can still read the data. Other "
        "clients notice within a quarter of an hour, and need the new password then.",
    .flags = kGroups,
    .examples = kExamples,
    .outcomes = kOutcomes,
    .run = run_repo_passwd,
};

}  // namespace repo_passwd

}  // namespace salvor::cli
