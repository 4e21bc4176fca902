// run_process: another program, run to its end.
//
// No shell is involved. The program gets exactly the environment and the input it is given, no file descriptor of ours,
// default signal handling, and a process group of its own. When time is up or a stop is requested the whole group gets
// SIGTERM and, if that does not end it, SIGKILL. Made for credential plugins, whose output is small and secret: the
// result's texts are never put into an Error, except the end of stderr by the caller's choice.
#pragma once

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace salvor::os {

struct Command {
  std::string program;                   // a path, or a name looked up in our PATH
  std::vector<std::string> arguments;    // without the program's name
  std::vector<std::string> environment;  // "NAME=value", the whole of it
  std::string_view input;
  std::chrono::milliseconds timeout{60'000};
  std::size_t max_output = 1 << 20;
};

struct ProcessResult {
  int exit_code = 0;
  int signal = 0;  // that ended it, or 0
  std::string output;
  std::string errors;  // stderr; what exceeds 64 KiB is dropped
  bool succeeded() const { return exit_code == 0 && signal == 0; }
};

// A program that ran is a success whatever it answered. Errors: not_found and denied (cannot be started), deadline,
// cancelled, invalid (more output than `max_output`).
Result<ProcessResult> run_process(const Command& command, std::stop_token stop);

// The variables of this process as "NAME=value", for Command::environment.
std::vector<std::string> inherited_environment();

}  // namespace salvor::os
