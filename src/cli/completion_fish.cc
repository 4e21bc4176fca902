// fish: one `complete` line for each flag and word, under the condition that its command is on the line.
#include "cli/commands.h"
#include "cli/completion.h"

namespace salvor::cli {

namespace {

// __salvor_path prints the words of the command that has been typed so far, flags and their values left out.
constexpr std::string_view kPath = R"fish(
function __salvor_path
    set -l path
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        if string match -q -- '-*' $word
            if not string match -q -- '*=*' $word; and contains -- $word $__salvor_value_flags
                set skip 1
            end
            continue
        end
        set -a path $word
        contains -- "$path" $__salvor_commands; and break
    end
    echo "$path"
end

function __salvor_at
    test (__salvor_path) = "$argv[1]"
end

complete -c salvor -f
)fish";

std::string quoted(std::string_view text) {
  std::string safe = "'";
  for (char c : text) {
    if (c == '\'' || c == '\\') safe += '\\';
    safe += c;
  }
  return safe + "'";
}

// "complete -c salvor -n '__salvor_at "backup create"'"
std::string at(std::string_view path) {
  return "complete -c salvor -n " + quoted("__salvor_at \"" + std::string(path) + "\"");
}

std::string word_line(std::string_view path, std::string_view word, std::string_view summary) {
  return at(path) + " -a " + quoted(word) + " -d " + quoted(summary) + "\n";
}

std::string flag_line(const std::string& condition, const Flag& flag) {
  std::string line = condition + " -l " + std::string(flag.name);
  if (!flag.alias.empty()) line += " -l " + std::string(flag.alias);
  if (flag.short_name) line += std::string(" -s ") + flag.short_name;
  if (!flag.choices.empty()) {
    line += " -x -a " + quoted(joined(flag.choices));
  } else if (flag.kind == ValueKind::path) {
    line += " -r -F";
  } else if (takes_value(flag)) {
    line += " -x";
  }
  return line + " -d " + quoted(first_sentence(flag.help)) + "\n";
}

void collect_value_flags(std::string& all, std::span<const FlagGroup> groups) {
  for (const FlagGroup& group : groups) {
    for (const Flag& flag : group.flags) {
      if (!takes_value(flag)) continue;
      for (const std::string& spelling : dashed_spellings(flag)) {
        if ((all + " ").find(" " + spelling + " ") == std::string::npos) all += " " + spelling;
      }
    }
  }
}

}  // namespace

std::string fish_completion() {
  std::string commands, value_flags, lines;
  for (const CommandGroup* group : command_groups()) {
    if (!group->name.empty()) lines += word_line("", group->name, group->summary);
    for (const Command& command : group->commands) {
      commands += " " + quoted(path_of(command));
      lines += word_line(group->name, command.name, command.summary);
      collect_value_flags(value_flags, command.flags);
      for (const FlagGroup& flags : command.flags) {
        for (const Flag& flag : flags.flags) lines += flag_line(at(path_of(command)), flag);
      }
      for (const Positional& positional : command.positionals) {
        if (!positional.choices.empty())
          lines += at(path_of(command)) + " -a " + quoted(joined(positional.choices)) + "\n";
      }
    }
  }
  collect_value_flags(value_flags, global_flags());
  for (const FlagGroup& flags : global_flags()) {
    for (const Flag& flag : flags.flags) lines += flag_line("complete -c salvor", flag);
  }
  return "# fish completion for salvor: salvor completion fish | source\n\nset -g __salvor_commands" + commands +
         "\nset -g __salvor_value_flags" + value_flags + "\n" + std::string(kPath) + lines;
}

}  // namespace salvor::cli
