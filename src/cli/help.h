// Help: the table of commands as text for a terminal.
#pragma once

#include <string>

#include "cli/command.h"

namespace salvor::cli {

// The width help is set to: the terminal's, within what reads well.
std::size_t help_width(std::size_t columns);

std::string program_help(std::size_t width);
std::string group_help(const CommandGroup& group, std::size_t width);
std::string command_help(const Command& command, std::size_t width);

// A flag's help with its choices, default and variable: "... One of table, json. Default: table."
std::string full_help(const Flag& flag);

// "salvor 0.1.0"
std::string version_line();

}  // namespace salvor::cli
