// The man(7) macros: .TH head, .SH section, .TP tagged paragraph, .EX example.
#include <algorithm>

#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/help.h"
#include "cli/manual.h"

namespace salvor::cli {

namespace {

// The day this release's manual was written; man pages must be the same however often they are made.
constexpr std::string_view kManualDate = "2026-11-23";

// Backslashes and dashes are taken literally; a line that begins with a dot or quote is no request.
std::string roff(std::string_view text) {
  std::string safe;
  for (char c : text) {
    if ((safe.empty() || safe.back() == '\n') && (c == '.' || c == '\'')) safe += "\\&";
    if (c == '\\') {
      safe += "\\e";
    } else if (c == '-') {
      safe += "\\-";
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::string head(const std::string& name, std::string_view summary) {
  return ".TH " + roff(upper(name)) + " 1 " + std::string(kManualDate) + " \"" + version_line() +
         "\" \"salvor manual\"\n.nh\n.ad l\n.SH NAME\n" + roff(name) + " \\- " + roff(summary) + "\n";
}

std::string section(std::string_view title) { return ".SH " + upper(std::string(title)) + "\n"; }

std::string tagged(const std::string& term, std::string_view text) {
  return ".TP\n.B " + roff(term) + "\n" + roff(text) + "\n";
}

// ".SS Selection" and its flags.
std::string flag_sections(std::span<const FlagGroup> groups) {
  std::string text;
  for (const FlagGroup& group : groups) {
    text += ".SS " + std::string(group.title) + "\n";
    for (const Flag& flag : group.flags) {
      const std::string alias = flag.alias.empty() ? "" : ", --" + std::string(flag.alias);
      text += tagged(spelling_of(flag) + alias, full_help(flag));
    }
  }
  return text;
}

std::string exit_section(const Command* command) {
  std::string text = section("Exit status");
  for (const ExitStatus& status : exit_statuses()) {
    const bool always = status.number <= 2 || status.outcome == Outcome::interrupted;
    const bool listed = command && std::find(command->outcomes.begin(), command->outcomes.end(), status.outcome) !=
                                       command->outcomes.end();
    if (!command || always || listed) text += tagged(std::to_string(status.number), status.meaning);
  }
  return text;
}

std::string environment_section() {
  std::string text = section("Environment");
  text += tagged("KUBECONFIG", "Kubeconfig files, divided by colons, when --kubeconfig is absent.");
  text += tagged("NO_COLOR", "When set and not empty, no colour is used.");
  std::vector<std::string_view> seen;
  const auto add = [&](std::span<const FlagGroup> groups) {
    for (const FlagGroup& group : groups) {
      for (const Flag& flag : group.flags) {
        if (flag.env.empty() || std::find(seen.begin(), seen.end(), flag.env) != seen.end()) continue;
        seen.push_back(flag.env);
        text += tagged(std::string(flag.env), "The value of --" + std::string(flag.name) + " when it is absent.");
      }
    }
  };
  for (const Command* command : all_commands()) add(command->flags);
  add(global_flags());
  return text;
}

// "salvor(1), salvor-backup-get(1)": the program and the command's siblings.
std::string see_also(const Command* command) {
  std::string text = section("See also");
  std::vector<std::string> pages;
  if (command) pages.push_back("salvor");
  for (const Command* other : all_commands()) {
    if (other != command && (!command || other->group == command->group)) pages.push_back(page_name(*other));
  }
  for (const std::string& page : pages) {
    text += ".BR " + roff(page) + " (1)" + (page == pages.back() ? "" : ",") + "\n";
  }
  return text;
}

}  // namespace

std::string page_name(const Command& command) {
  std::string name = "salvor-" + path_of(command);
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::string command_page(const Command& command) {
  std::string text = head(page_name(command), command.summary);
  text += section("Synopsis") + ".B " + roff(usage_of(command)) + "\n";
  text += section("Description") + roff(command.description) + "\n";
  if (!command.positionals.empty()) text += section("Arguments");
  for (const Positional& positional : command.positionals) {
    text += tagged(std::string(positional.name), positional.help);
  }
  text += section("Options") + flag_sections(flag_groups(command));
  text += exit_section(&command);
  if (!command.examples.empty()) text += section("Examples");
  for (const Example& example : command.examples) {
    text += (&example == &command.examples.front() ? "" : ".PP\n") + roff(example.says) + ":\n.PP\n.nf\n.RS 4\n" +
            roff(example.line) + "\n.RE\n.fi\n";
  }
  return text + see_also(&command);
}

std::string program_page() {
  std::string text = head("salvor", "saves Kubernetes clusters and brings them back");
  text += section("Synopsis") + ".B " + roff("salvor COMMAND [flags]") + "\n";
  text += section("Description") +
          roff(
              "Saves the objects of a Kubernetes cluster into a location, verifies what it wrote, and restores it by a "
              "plan that can be read before. Backups have velero's layout, and the flags have velero's names and "
              "meaning.") +
          "\n" + section("Commands");
  for (const Command* command : all_commands()) text += tagged(path_of(*command), std::string(command->summary) + ".");
  text += section("Options") + tagged("--version", "Print the version and end.") + flag_sections(global_flags());
  return text + exit_section(nullptr) + environment_section() + see_also(nullptr);
}

}  // namespace salvor::cli
