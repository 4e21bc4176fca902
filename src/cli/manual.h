// Manual: the table of commands as man pages and as the manual's command reference.
#pragma once

#include <string>

#include "cli/command.h"

namespace salvor::cli {

// salvor(1), and salvor-backup-create(1) and so on, in the man(7) macros.
std::string program_page();
std::string command_page(const Command& command);
// "salvor-backup-create"
std::string page_name(const Command& command);

// docs/manual/commands.md.
std::string command_reference();

}  // namespace salvor::cli
