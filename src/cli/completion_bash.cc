// bash: case tables from the command's words to what may follow, and one function that walks the line.
//
// bash splits words at "=" (COMP_WORDBREAKS), so that --output=js arrives as three words; the walk puts them together
// again. It uses nothing of the bash-completion package.
#include "cli/commands.h"
#include "cli/completion.h"

namespace salvor::cli {

namespace {

constexpr std::string_view kWalk = R"bash(
_salvor() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path="" word i candidates
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=${COMP_WORDS[COMP_CWORD-2]}
  elif [[ $prev == --* ]] && __salvor_is_switch "$prev"; then
    prev=
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $word == -* ]]; then
      if [[ ${COMP_WORDS[i+1]} == = ]]; then
        ((i += 2))
      elif ! __salvor_is_switch "$word"; then
        ((i += 1))
      fi
    elif [[ -n $(__salvor_words "$path") ]]; then
      path="${path:+$path }$word"
    fi
  done
  COMPREPLY=()
  if [[ $prev == -* ]]; then
    candidates=$(__salvor_values "$path" "$prev")
    if [[ $candidates == '<file>' ]]; then
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    elif [[ -n $candidates ]]; then
      mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$cur")
    fi
    __salvor_is_switch "$prev" || return
    [[ -n ${COMPREPLY[*]} ]] && return
  fi
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(__salvor_flags "$path")" -- "$cur")
  else
    mapfile -t COMPREPLY < <(compgen -W "$(__salvor_words "$path") $(__salvor_names "$path")" -- "$cur")
  fi
}
complete -F _salvor salvor
)bash";

std::string case_line(std::string_view pattern, std::string_view words) {
  return "    " + std::string(pattern) + ") echo '" + std::string(words) + "' ;;\n";
}

std::string quoted(std::string_view word) { return "'" + std::string(word) + "'"; }

std::string function(std::string_view name, std::string_view subject, const std::string& cases) {
  return "\n" + std::string(name) + "() {\n  case " + std::string(subject) + " in\n" + cases + "  esac\n}\n";
}

// After '' stand the groups and the single commands, after a group its commands, after a command nothing.
std::string word_cases() {
  std::string cases, top;
  for (const CommandGroup* group : command_groups()) {
    std::string names;
    for (const Command& command : group->commands) names += (names.empty() ? "" : " ") + std::string(command.name);
    top += (top.empty() ? "" : " ") + (group->name.empty() ? names : std::string(group->name));
    if (!group->name.empty()) cases += case_line(quoted(group->name), names);
  }
  return case_line("''", top) + cases;
}

std::string name_cases() {
  std::string cases;
  for (const Command* command : all_commands()) {
    for (const Positional& positional : command->positionals) {
      if (!positional.choices.empty()) cases += case_line(quoted(path_of(*command)), joined(positional.choices));
    }
  }
  return cases;
}

std::string spellings_of(std::span<const FlagGroup> groups) {
  std::string all;
  for (const FlagGroup& group : groups) {
    for (const Flag& flag : group.flags) {
      for (const std::string& spelling : dashed_spellings(flag)) all += (all.empty() ? "" : " ") + spelling;
    }
  }
  return all;
}

std::string flag_cases() {
  std::string cases;
  for (const Command* command : all_commands()) {
    cases += case_line(quoted(path_of(*command)), spellings_of(flag_groups(*command)));
  }
  return cases + case_line("*", spellings_of(global_flags()));
}

// `prefix` is the quoted path of a command, or * for the global flags.
void add_value_cases(std::string& cases, const std::string& prefix, std::span<const FlagGroup> groups) {
  for (const FlagGroup& group : groups) {
    for (const Flag& flag : group.flags) {
      std::string words = joined(flag.choices);
      if (flag.kind == ValueKind::path) words = "<file>";
      if (flag.kind == ValueKind::optional_bool) words = "true false";
      if (words.empty()) continue;
      std::string pattern;
      for (const std::string& spelling : dashed_spellings(flag)) {
        pattern += (pattern.empty() ? "" : "|") + prefix + "' " + spelling + "'";
      }
      cases += case_line(pattern, words);
    }
  }
}

std::string value_cases() {
  std::string cases;
  for (const Command* command : all_commands()) add_value_cases(cases, quoted(path_of(*command)), command->flags);
  add_value_cases(cases, "*", global_flags());
  return cases;
}

std::string switch_cases() {
  std::string pattern;
  const auto add = [&](std::span<const FlagGroup> groups) {
    for (const FlagGroup& group : groups) {
      for (const Flag& flag : group.flags) {
        if (takes_value(flag)) continue;
        for (const std::string& spelling : dashed_spellings(flag)) {
          if (("|" + pattern + "|").find("|" + spelling + "|") == std::string::npos) {
            pattern += (pattern.empty() ? "" : "|") + spelling;
          }
        }
      }
    }
  };
  for (const Command* command : all_commands()) add(command->flags);
  add(global_flags());
  return "    " + pattern + "|--version|--) return 0 ;;\n    *) return 1 ;;\n";
}

}  // namespace

std::string bash_completion() {
  return "# bash completion for salvor: source <(salvor completion bash)\n" +
         function("__salvor_words", "$1", word_cases()) + function("__salvor_names", "$1", name_cases()) +
         function("__salvor_flags", "$1", flag_cases()) + function("__salvor_values", "\"$1 $2\"", value_cases()) +
         function("__salvor_is_switch", "$1", switch_cases()) + std::string(kWalk);
}

}  // namespace salvor::cli
