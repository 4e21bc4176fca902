#include "cli/consent.h"

#include <iostream>

namespace salvor::cli {

Result<bool> consented(const Invocation& invocation, const std::string& question) {
  if (invocation.arguments.flag("confirm")) return true;
  if (!invocation.console.in_is_terminal()) {
    return Error(Code::invalid, "nobody is there to be asked: " + question)
        .hint("Add --confirm to do it without asking.");
  }
  invocation.console.err(question + " (y/N) ");
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace salvor::cli
