// Exit statuses: how a run ends, as the number the shell sees.
//
// One table gives every status its number and its sentence; help texts, man pages and the manual print that table.
// An Error ends the run with the status of its code; a run without an Error says how it went with an Outcome.
#pragma once

#include <span>
#include <string_view>

#include "base/error.h"

namespace salvor::cli {

enum class Outcome {
  done,
  failed,
  wrong_usage,
  some_items_failed,
  not_found,
  verification_failed,
  interrupted,
};

struct ExitStatus {
  Outcome outcome;
  int number;
  std::string_view meaning;
};

// Every status, in the order of their numbers.
std::span<const ExitStatus> exit_statuses();

int exit_status(Outcome outcome);
Outcome outcome_of(Code code);

}  // namespace salvor::cli
