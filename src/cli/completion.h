// Completion: the table of commands as a script for a shell.
//
// The scripts are complete in themselves: pressing TAB runs shell code over constant words and never starts salvor, so
// that it answers at once and never touches a cluster. They complete commands, flags, fixed values and file names.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace salvor::cli {

std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

// For the three generators: every command of every group, and every spelling of a flag with its dashes.
std::vector<const Command*> all_commands();
std::vector<std::string> dashed_spellings(const Flag& flag);
// "a b c"
std::string joined(std::span<const std::string_view> words, std::string_view between = " ");
// The first sentence, for the narrow place beside a candidate.
std::string_view first_sentence(std::string_view help);

}  // namespace salvor::cli
