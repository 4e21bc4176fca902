// What the three generators share.
#include "cli/completion.h"

#include "cli/commands.h"

namespace salvor::cli {

std::vector<const Command*> all_commands() {
  std::vector<const Command*> all;
  for (const CommandGroup* group : command_groups()) {
    for (const Command& command : group->commands) all.push_back(&command);
  }
  return all;
}

std::vector<std::string> dashed_spellings(const Flag& flag) {
  std::vector<std::string> all = {"--" + std::string(flag.name)};
  if (!flag.alias.empty()) all.push_back("--" + std::string(flag.alias));
  if (flag.short_name) all.push_back(std::string("-") + flag.short_name);
  return all;
}

std::string joined(std::span<const std::string_view> words, std::string_view between) {
  std::string text;
  for (std::string_view word : words) {
    if (!text.empty()) text += between;
    text += word;
  }
  return text;
}

std::string_view first_sentence(std::string_view help) {
  const std::size_t end = help.find(". ");
  help = help.substr(0, end);
  if (help.ends_with('.')) help.remove_suffix(1);
  return help;
}

}  // namespace salvor::cli
