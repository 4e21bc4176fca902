// Groups of flags that the commands of Kopia repositories share.
#pragma once

#include "cli/flags.h"

namespace salvor::cli {

inline constexpr Flag kPasswordFlags[] = {
    {.name = "password-file",
     .kind = path,
     .value_name = "FILE",
     .help = "The file that holds the repository's password. Without it SALVOR_PASSWORD, SALVOR_PASSWORD_FILE or "
             "SALVOR_PASSWORD_COMMAND is used, or it is asked for on the terminal."}};

inline constexpr Flag kIdentityFlags[] = {
    {.name = "username", .value_name = "USER", .help = "Who snapshots are of; without it the name of the user."},
    {.name = "hostname", .value_name = "HOST", .help = "Where they are from; without it the name of the host."},
};

// A word of consent, for commands that ask before they change what cannot be changed back.
inline constexpr Flag kConfirmFlag = {
    .name = "confirm", .alias = "yes", .short_name = 'y', .kind = flag, .help = "Do it without asking."};

}  // namespace salvor::cli
