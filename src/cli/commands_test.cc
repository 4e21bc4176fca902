// The table itself: complete, free of contradictions, and in one style.
#include "cli/commands.h"

#include <gmock/gmock.h>

#include <set>

#include "cli/arguments.h"
#include "cli/completion.h"

namespace salvor::cli {
namespace {

std::vector<const Flag*> flags_of(const Command& command) {
  std::vector<const Flag*> all;
  for (const FlagGroup& group : flag_groups(command)) {
    for (const Flag& flag : group.flags) all.push_back(&flag);
  }
  return all;
}

TEST(CommandTable, NamesEveryFlagOnceInACommand) {
  for (const Command* command : all_commands()) {
    std::set<std::string> seen;
    for (const Flag* flag : flags_of(*command)) {
      for (const std::string& spelling : dashed_spellings(*flag)) {
        EXPECT_TRUE(seen.insert(spelling).second) << path_of(*command) << " has " << spelling << " twice";
      }
    }
  }
}

TEST(CommandTable, ExplainsEveryFlagInWholeSentences) {
  for (const Command* command : all_commands()) {
    EXPECT_FALSE(command->summary.ends_with('.')) << path_of(*command);
    EXPECT_TRUE(command->description.ends_with('.')) << path_of(*command);
    for (const Flag* flag : flags_of(*command)) {
      EXPECT_TRUE(flag->help.ends_with('.')) << path_of(*command) << " --" << flag->name;
      EXPECT_EQ(takes_value(*flag), !flag->value_name.empty()) << path_of(*command) << " --" << flag->name;
      EXPECT_EQ(flag->kind == ValueKind::choice, !flag->choices.empty()) << path_of(*command) << " --" << flag->name;
    }
  }
}

TEST(CommandTable, HasInitialValuesThatConvert) {
  for (const Command* command : all_commands()) {
    for (const Flag* flag : flags_of(*command)) {
      if (flag->initial.empty()) continue;
      EXPECT_TRUE(convert(*flag, flag->initial).ok()) << flag->name;
    }
  }
}

TEST(CommandTable, RefersOnlyToFlagsThatExist) {
  for (const Command* command : all_commands()) {
    const auto expect_known = [&](std::span<const std::string_view> names) {
      for (std::string_view name : names) {
        const Flag* flag = find_flag(command, name);
        ASSERT_NE(flag, nullptr) << path_of(*command) << " --" << name;
        EXPECT_EQ(flag->name, name) << "an alias is never looked up";
      }
    };
    expect_known(command->needs_one_of);
    for (const Conflict& conflict : command->conflicts) {
      expect_known(conflict.left);
      expect_known(conflict.right);
    }
    for (const Positional& positional : command->positionals) expect_known(positional.unless);
  }
}

TEST(CommandTable, FindsEachCommandByEachOfItsNames) {
  for (const Command* command : all_commands()) {
    for (std::string_view name : command->also_called) {
      const std::size_t space = name.find(' ');
      const std::vector<std::string_view> words = {name.substr(0, space), name.substr(space + 1)};
      EXPECT_EQ(find_command(words), command);
    }
  }
}

TEST(CommandTable, GivesEveryCommandAFunctionAndAnExample) {
  for (const Command* command : all_commands()) {
    EXPECT_NE(command->run, nullptr) << path_of(*command);
    EXPECT_TRUE(command->name == "version" || !command->examples.empty()) << path_of(*command);
  }
}

}  // namespace
}  // namespace salvor::cli
