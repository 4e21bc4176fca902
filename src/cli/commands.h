// The whole command line: every group of commands, and the flags that all commands share.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace salvor::cli {

extern const CommandGroup kBackupCommands;
extern const CommandGroup kRestoreCommands;
extern const CommandGroup kObjectCommands;
extern const CommandGroup kRepoCommands;
extern const CommandGroup kSnapshotCommands;
extern const CommandGroup kEtcdCommands;
extern const CommandGroup kLocationCommands;
extern const CommandGroup kKeyCommands;
extern const CommandGroup kGeneralCommands;

// In the order in which help shows them.
std::span<const CommandGroup* const> command_groups();
std::span<const FlagGroup> global_flags();

// Null when there is none of that name.
const CommandGroup* find_group(std::string_view name);
// By its words, aliases included: {"backup", "create"}, {"create", "backup"}, {"version"}.
const Command* find_command(std::span<const std::string_view> words);
// The flag of that long name or alias, among the command's own flags and the global ones. `command` may be null.
const Flag* find_flag(const Command* command, std::string_view name);
const Flag* find_flag(const Command* command, char short_name);

// The command's groups of flags followed by the global ones.
std::vector<FlagGroup> flag_groups(const Command& command);

// "backup create"
std::string path_of(const Command& command);
// "salvor backup create NAME --location LOC [flags]"
std::string usage_of(const Command& command);
// "-l, --selector SELECTOR", "--snapshot-volumes[=true|false]"
std::string spelling_of(const Flag& flag);

bool takes_value(const Flag& flag);  // --name VALUE; false when a bare --name is complete

}  // namespace salvor::cli
