// Invocation: everything a command's function is given.
#pragma once

#include <stop_token>

#include "cli/arguments.h"
#include "cli/console.h"
#include "cli/environment.h"

namespace salvor::cli {

struct Invocation {
  const Arguments& arguments;
  const Environment& environment;
  Console& console;
  std::stop_token stop;
};

}  // namespace salvor::cli
