// The table of `salvor location ...`.
#include "cli/commands.h"
#include "cli/location_check.h"

namespace salvor::cli {

namespace {

constexpr Command kCommands[] = {location_check::kCommand};

}  // namespace

constinit const CommandGroup kLocationCommands = {"location", "Look after the places that keep backups", kCommands};

}  // namespace salvor::cli
