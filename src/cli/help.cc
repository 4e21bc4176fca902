// Two columns where they fit, one below the other where they do not.
#include "cli/help.h"

#include <algorithm>

#include "cli/commands.h"
#include "cli/text.h"

namespace salvor::cli {

namespace {

constexpr std::size_t kNarrowest = 80;
constexpr std::size_t kWidest = 120;
constexpr std::size_t kTermColumn = 34;  // where explanations begin

void add_paragraph(std::string& text, std::string_view words, std::size_t width) {
  for (const std::string& line : wrap(words, width)) text += line + "\n";
}

// "  term            explanation, wrapped in its column"
void add_entry(std::string& text, std::string_view term, std::string_view explanation, std::size_t column,
               std::size_t width) {
  std::string line = "  " + std::string(term);
  if (display_width(line) + 2 > column) {
    text += line + "\n";
    line.clear();
  }
  for (const std::string& words : wrap(explanation, width - column)) {
    text += line + std::string(column - display_width(line), ' ') + words + "\n";
    line.clear();
  }
  if (!line.empty()) text += line + "\n";
}

// Switches without a short name are indented as if they had one, so that long names stand under each other.
std::string aligned_spelling(const Flag& flag) {
  std::string spelling = flag.short_name ? spelling_of(flag) : "    " + spelling_of(flag);
  if (!flag.alias.empty()) spelling += ", --" + std::string(flag.alias);
  return spelling;
}

void add_flags(std::string& text, const FlagGroup& group, std::size_t width) {
  text += "\n" + std::string(group.title) + ":\n";
  for (const Flag& flag : group.flags) add_entry(text, aligned_spelling(flag), full_help(flag), kTermColumn, width);
}

void add_exit_statuses(std::string& text, const Command* command, std::size_t width) {
  text += "\nExit status:\n";
  for (const ExitStatus& status : exit_statuses()) {
    const bool always = status.number <= 2 || status.outcome == Outcome::interrupted;
    const bool listed = command && std::find(command->outcomes.begin(), command->outcomes.end(), status.outcome) !=
                                       command->outcomes.end();
    if (command && !always && !listed) continue;
    add_entry(text, std::to_string(status.number), status.meaning, 8, width);
  }
}

void add_commands(std::string& text, const CommandGroup& group, std::size_t width) {
  for (const Command& command : group.commands) add_entry(text, path_of(command), command.summary, 22, width);
}

}  // namespace

std::size_t help_width(std::size_t columns) { return columns == 0 ? 100 : std::clamp(columns, kNarrowest, kWidest); }

std::string full_help(const Flag& flag) {
  std::string text(flag.help);
  if (!flag.choices.empty()) {
    std::string all;
    for (std::string_view choice : flag.choices) all += (all.empty() ? "" : ", ") + std::string(choice);
    text += " One of " + all + ".";
  }
  if (!flag.initial.empty()) text += " Default: " + std::string(flag.initial) + ".";
  if (!flag.env.empty()) text += " Variable: " + std::string(flag.env) + ".";
  return text;
}

std::string program_help(std::size_t width) {
  std::string text;
  add_paragraph(text,
                "salvor saves Kubernetes clusters and brings them back. It reads and writes velero's backups and takes "
                "velero's flags.",
                width);
  text += "\nUsage: salvor COMMAND [flags]\n";
  for (const CommandGroup* group : command_groups()) {
    text += "\n" + std::string(group->summary) + ":\n";
    add_commands(text, *group, width);
  }
  for (const FlagGroup& group : global_flags()) add_flags(text, group, width);
  add_exit_statuses(text, nullptr, width);
  text += "\n`salvor COMMAND --help` tells about a command; `salvor man` prints manual pages.\n";
  return text;
}

std::string group_help(const CommandGroup& group, std::size_t width) {
  std::string text =
      std::string(group.summary) + ".\n\nUsage: salvor " + std::string(group.name) + " COMMAND [flags]\n\nCommands:\n";
  add_commands(text, group, width);
  text += "\n`salvor " + std::string(group.name) + " COMMAND --help` tells about a command.\n";
  return text;
}

std::string command_help(const Command& command, std::size_t width) {
  std::string text;
  add_paragraph(text, command.description, width);
  text += "\nUsage: " + usage_of(command) + "\n";
  for (std::string_view other : command.also_called) text += "       salvor " + std::string(other) + " ...\n";
  if (!command.examples.empty()) text += "\nExamples:\n";
  for (const Example& example : command.examples) {
    text += "  # " + std::string(example.says) + "\n  " + std::string(example.line) + "\n";
  }
  if (!command.positionals.empty()) text += "\nArguments:\n";
  for (const Positional& positional : command.positionals) {
    add_entry(text, positional.name, positional.help, kTermColumn, width);
  }
  for (const FlagGroup& group : flag_groups(command)) add_flags(text, group, width);
  add_exit_statuses(text, &command, width);
  return text;
}

std::string version_line() { return "salvor " SALVOR_VERSION; }

}  // namespace salvor::cli
