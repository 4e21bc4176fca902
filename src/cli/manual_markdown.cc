// One Markdown document with a heading for each command.
#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/help.h"
#include "cli/manual.h"

namespace salvor::cli {

namespace {

// For a table cell: what Markdown or HTML would take for markup stays text.
std::string cell(std::string_view text) {
  std::string safe;
  for (char c : text) {
    if (c == '|' || c == '*' || c == '<' || c == '[' || c == '_') safe += '\\';
    safe += c;
  }
  return safe;
}

// Inside backquotes only the bar needs care, because it ends a table's cell.
std::string code_cell(std::string_view text) {
  std::string safe = "`";
  for (char c : text) safe += c == '|' ? std::string("\\|") : std::string(1, c);
  return safe + "`";
}

void add_flags(std::string& text, std::span<const FlagGroup> groups) {
  for (const FlagGroup& group : groups) {
    text += "\n| " + std::string(group.title) + " | |\n|---|---|\n";
    for (const Flag& flag : group.flags) {
      text += "| " + code_cell(spelling_of(flag));
      if (!flag.alias.empty()) text += " " + code_cell("--" + std::string(flag.alias));
      text += " | " + cell(full_help(flag)) + " |\n";
    }
  }
}

void add_command(std::string& text, const Command& command) {
  text += "\n## salvor " + path_of(command) + "\n\n" + cell(command.description) + "\n\n```\n" + usage_of(command) +
          "\n```\n";
  for (const Positional& positional : command.positionals) {
    text += "\n- `" + std::string(positional.name) + "`: " + cell(positional.help) + "\n";
  }
  add_flags(text, command.flags);
  if (!command.examples.empty()) text += "\n```\n";
  for (const Example& example : command.examples) {
    text += "# " + std::string(example.says) + "\n" + std::string(example.line) + "\n";
  }
  if (!command.examples.empty()) text += "```\n";
}

}  // namespace

std::string command_reference() {
  std::string text =
      "# Commands\n\nGenerated from the table of commands by `salvor man --format markdown`; change the table, not "
      "this "
      "file.\n\n";
  for (const Command* command : all_commands()) {
    text += "- [salvor " + path_of(*command) + "](#" + page_name(*command) + "): " + cell(command->summary) + "\n";
  }
  for (const Command* command : all_commands()) add_command(text, *command);
  text += "\n## Flags of every command\n";
  add_flags(text, global_flags());
  text += "\n## Exit statuses\n\n| status | meaning |\n|---|---|\n";
  for (const ExitStatus& status : exit_statuses()) {
    text += "| " + std::to_string(status.number) + " | " + cell(status.meaning) + " |\n";
  }
  return text;
}

}  // namespace salvor::cli
