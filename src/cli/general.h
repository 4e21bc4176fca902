// The commands that need neither a cluster nor a location: version, completion, man and help.
#pragma once

#include "cli/command.h"

namespace salvor::cli {

Result<Outcome> run_version(const Invocation& invocation);
Result<Outcome> run_completion(const Invocation& invocation);
Result<Outcome> run_man(const Invocation& invocation);
Result<Outcome> run_help(const Invocation& invocation);

}  // namespace salvor::cli
