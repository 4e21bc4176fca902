// The groups in their order, the global flags, and look-ups over both.
#include "cli/commands.h"

#include "cli/flags.h"

namespace salvor::cli {

namespace {

constexpr const CommandGroup* kGroups[] = {&kBackupCommands,   &kRestoreCommands,  &kObjectCommands,
                                           &kRepoCommands,     &kSnapshotCommands, &kEtcdCommands,
                                           &kLocationCommands, &kKeyCommands,      &kGeneralCommands};

bool same_words(std::string_view path, std::span<const std::string_view> words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = path.substr(0, path.find(' '));
    if (word != words[i]) return false;
    path.remove_prefix(std::min(path.size(), word.size() + 1));
  }
  return path.empty();
}

bool is_called(const Command& command, std::span<const std::string_view> words) {
  if (same_words(path_of(command), words)) return true;
  for (std::string_view other : command.also_called) {
    if (same_words(other, words)) return true;
  }
  return false;
}

// The first flag for which `fits` holds.
template <class Fits>
const Flag* first_flag(const Command* command, Fits fits) {
  const auto among = [&](std::span<const FlagGroup> groups) -> const Flag* {
    for (const FlagGroup& group : groups) {
      for (const Flag& flag : group.flags) {
        if (fits(flag)) return &flag;
      }
    }
    return nullptr;
  };
  const Flag* own = command ? among(command->flags) : nullptr;
  return own ? own : among(global_flags());
}

std::string bracketed(const Positional& positional) {
  const std::string name(positional.name);
  switch (positional.arity) {
    case Arity::one: return positional.unless.empty() ? name : "[" + name + "]";
    case Arity::optional: return "[" + name + "]";
    case Arity::any: return "[" + name + "...]";
    case Arity::at_least_one: return name + "...";
  }
  return name;
}

}  // namespace

std::span<const CommandGroup* const> command_groups() { return kGroups; }
std::span<const FlagGroup> global_flags() { return kGlobalFlagGroups; }

const CommandGroup* find_group(std::string_view name) {
  for (const CommandGroup* group : kGroups) {
    if (!group->name.empty() && group->name == name) return group;
  }
  return nullptr;
}

const Command* find_command(std::span<const std::string_view> words) {
  for (const CommandGroup* group : kGroups) {
    for (const Command& command : group->commands) {
      if (is_called(command, words)) return &command;
    }
  }
  return nullptr;
}

const Flag* find_flag(const Command* command, std::string_view name) {
  return first_flag(command,
                    [&](const Flag& flag) { return flag.name == name || (!name.empty() && flag.alias == name); });
}

const Flag* find_flag(const Command* command, char short_name) {
  return first_flag(command, [&](const Flag& flag) { return flag.short_name != 0 && flag.short_name == short_name; });
}

std::vector<FlagGroup> flag_groups(const Command& command) {
  std::vector<FlagGroup> groups(command.flags.begin(), command.flags.end());
  groups.insert(groups.end(), global_flags().begin(), global_flags().end());
  return groups;
}

std::string path_of(const Command& command) {
  return command.group.empty() ? std::string(command.name)
                               : std::string(command.group) + " " + std::string(command.name);
}

std::string usage_of(const Command& command) {
  std::string usage = "salvor " + path_of(command);
  for (const Positional& positional : command.positionals) usage += " " + bracketed(positional);
  for (const FlagGroup& group : command.flags) {
    for (const Flag& flag : group.flags) {
      if (flag.required) usage += " --" + std::string(flag.name) + " " + std::string(flag.value_name);
    }
  }
  return usage + " [flags]";
}

std::string spelling_of(const Flag& flag) {
  std::string text;
  if (flag.short_name) text = std::string("-") + flag.short_name + ", ";
  text += "--" + std::string(flag.name);
  if (flag.kind == ValueKind::optional_bool) return text + "[=true|false]";
  if (flag.kind == ValueKind::flag) return text;
  return text + " " + std::string(flag.value_name);
}

bool takes_value(const Flag& flag) { return flag.kind != ValueKind::flag && flag.kind != ValueKind::optional_bool; }

}  // namespace salvor::cli
