// zsh: one function for each command that hands its flags to _arguments, and one for each group that finds the command.
#include <algorithm>

#include "cli/commands.h"
#include "cli/completion.h"

namespace salvor::cli {

namespace {

// Text for inside a single-quoted spec: quotes end and reopen, brackets and colons are escaped for _arguments.
std::string spec_text(std::string_view text) {
  std::string safe;
  for (char c : text) {
    if (c == '\'') {
      safe += "'\\''";
    } else if (c == '[' || c == ']' || c == ':' || c == '\\') {
      safe += std::string("\\") + c;
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string function_name(const Command& command) {
  std::string name = "_salvor_" + path_of(command);
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

std::string action_of(const Flag& flag) {
  if (!flag.choices.empty()) return "(" + joined(flag.choices) + ")";
  return flag.kind == ValueKind::path ? "_files" : " ";
}

// 'X[help]:VALUE:action' in the forms that _arguments has for flags with a value, with an optional one, with none.
std::string spec_of(const Flag& flag, const std::string& spelling, const std::string& others) {
  const bool is_long = spelling.starts_with("--");
  std::string spec = "'(" + others + ")" + spelling;
  if (flag.kind == ValueKind::optional_bool) {
    spec += "=-";
  } else if (takes_value(flag)) {
    spec += is_long ? "=" : "+";
  }
  spec += "[" + spec_text(first_sentence(flag.help)) + "]";
  if (flag.kind == ValueKind::optional_bool) {
    spec += "::value:(true false)";
  } else if (takes_value(flag)) {
    spec += ":" + spec_text(flag.value_name) + ":" + action_of(flag);
  }
  return spec + "'";
}

std::string specs_of(std::span<const FlagGroup> groups) {
  std::string specs;
  for (const FlagGroup& group : groups) {
    for (const Flag& flag : group.flags) {
      const std::vector<std::string> spellings = dashed_spellings(flag);
      std::string all;
      for (const std::string& spelling : spellings) all += (all.empty() ? "" : " ") + spelling;
      for (const std::string& spelling : spellings) specs += "    " + spec_of(flag, spelling, all) + " \\\n";
    }
  }
  return specs;
}

std::string name_specs(const Command& command) {
  std::string specs;
  std::size_t position = 1;
  for (const Positional& positional : command.positionals) {
    const bool many = positional.arity == Arity::any || positional.arity == Arity::at_least_one;
    const std::string action = positional.choices.empty() ? " " : "(" + joined(positional.choices) + ")";
    specs += "    '" + (many ? "*" : std::to_string(position++)) + ":" + spec_text(positional.name) + ":" + action +
             "' \\\n";
  }
  return specs;
}

std::string command_function(const Command& command) {
  return "\n" + function_name(command) + "() {\n  _arguments -s -S \\\n" + specs_of(flag_groups(command)) +
         name_specs(command) + "    && return 0\n}\n";
}

// '((create\:"Save ..." get\:"List ..."))'
std::string candidate(std::string_view name, std::string_view summary) {
  return std::string(name) + "\\:\"" + spec_text(summary) + "\" ";
}

std::string dispatcher(const std::string& name, const std::string& candidates, const std::string& cases) {
  return "\n" + name + "() {\n  local context state line\n  typeset -A opt_args\n  _arguments -C \\\n" +
         specs_of(global_flags()) + "    '1:command:((" + candidates + "))' \\\n    '*::argument:->arguments'\n" +
         "  [[ $state == arguments ]] || return\n  case $line[1] in\n" + cases + "  esac\n}\n";
}

std::string case_line(std::string_view word, const std::string& function) {
  return "    " + std::string(word) + ") " + function + " ;;\n";
}

}  // namespace

std::string zsh_completion() {
  std::string functions, top_candidates, top_cases;
  for (const CommandGroup* group : command_groups()) {
    std::string candidates, cases;
    for (const Command& command : group->commands) {
      functions += command_function(command);
      candidates += candidate(command.name, command.summary);
      cases += case_line(command.name, function_name(command));
    }
    if (group->name.empty()) {
      top_candidates += candidates;
      top_cases += cases;
    } else {
      const std::string name = "_salvor_" + std::string(group->name);
      functions += dispatcher(name, candidates, cases);
      top_candidates += candidate(group->name, group->summary);
      top_cases += case_line(group->name, name);
    }
  }
  // Loaded by compinit the file is the body of _salvor and must call it; sourced it must register it.
  return "#compdef salvor\n" + functions + dispatcher("_salvor", top_candidates, top_cases) +
         "\nif [[ $funcstack[1] == _salvor ]]; then\n  _salvor \"$@\"\nelse\n  compdef _salvor salvor\nfi\n";
}

}  // namespace salvor::cli
