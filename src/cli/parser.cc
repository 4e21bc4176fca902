// One pass over the words with a cursor, then the checks that need the whole line.
#include "cli/parser.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "cli/commands.h"
#include "cli/text.h"

namespace salvor::cli {

namespace {

std::string quoted(std::string_view word) { return "\"" + escape_controls(word) + "\""; }
std::string dashed(std::string_view name) { return "--" + std::string(name); }

std::vector<std::string_view> flag_names(const Command* command) {
  std::vector<std::string_view> names;
  const auto add = [&](std::span<const FlagGroup> groups) {
    for (const FlagGroup& group : groups) {
      for (const Flag& flag : group.flags) {
        names.push_back(flag.name);
        if (!flag.alias.empty()) names.push_back(flag.alias);
      }
    }
  };
  if (command) add(command->flags);
  add(global_flags());
  return names;
}

class Reader {
 public:
  Reader(std::span<const std::string_view> words, const Environment& environment)
      : words_(words), environment_(environment) {}

  Parsed read() {
    while (!error_ && !version_ && at_ < words_.size()) read_word(words_[at_++]);
    if (help_) return HelpRequest{group_, command_};
    if (version_) return VersionRequest{};
    if (!error_ && !command_) return without_command();
    if (!error_) finish();
    if (error_) return std::move(*error_);
    return std::move(*arguments_);
  }

 private:
  void fail(std::string message, std::string suggestion = {}) {
    if (!error_) error_ = UsageError{std::move(message), std::move(suggestion), group_, command_};
  }

  // Words that ended before they named a command: nothing at all asks for help, "create" alone is a mistake.
  Parsed without_command() {
    if (path_.empty() || group_) return HelpRequest{group_, nullptr};
    unknown_command(path_.front());
    return std::move(*error_);
  }

  void read_word(std::string_view word) {
    if (only_names_ || word.size() < 2 || word[0] != '-') return read_name(word);
    if (word == "--") {
      only_names_ = true;
    } else if (word[1] == '-') {
      read_long(word.substr(2));
    } else {
      read_short(word.substr(1));
    }
  }

  void read_name(std::string_view word) {
    if (arguments_) return arguments_->add_positional(std::string(word));
    path_.push_back(word);
    if (const Command* command = find_command(path_)) {
      command_ = command;
      group_ = find_group(command->group);
      arguments_.emplace(*command);
      return;
    }
    if (path_.size() == 1) group_ = find_group(word);
    if (path_.size() > 1 || (!group_ && !starts_an_alias(word))) unknown_command(word);
  }

  // "create" is no group, but "create backup" is another spelling of a command.
  static bool starts_an_alias(std::string_view word) {
    for (const CommandGroup* group : command_groups()) {
      for (const Command& command : group->commands) {
        for (std::string_view other : command.also_called) {
          if (other.substr(0, other.find(' ')) == word) return true;
        }
      }
    }
    return false;
  }

  void unknown_command(std::string_view word) {
    std::vector<std::string_view> candidates;
    for (const CommandGroup* group : command_groups()) {
      if (group_ && group != group_) continue;
      if (!group_ && !group->name.empty()) candidates.push_back(group->name);
      for (const Command& command : group->commands) {
        if (group_ || group->name.empty()) candidates.push_back(command.name);
      }
    }
    const auto near = nearest(word, candidates);
    const std::string before = group_ ? "salvor " + std::string(group_->name) + " " : std::string("salvor ");
    fail((group_ ? std::string(group_->name) + " has" : std::string("there is")) + " no command " + quoted(word),
         near ? before + std::string(*near) : std::string());
  }

  void read_long(std::string_view word) {
    const std::size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    if (!command_ && name == "version") {
      version_ = true;
      return;
    }
    const Flag* flag = name.empty() ? nullptr : find_flag(command_, name);
    if (!flag) {
      const auto near = nearest(name, flag_names(command_));
      return fail("unknown flag " + escape_controls(dashed(name)), near ? dashed(*near) : std::string());
    }
    std::optional<std::string_view> value;
    if (equals != std::string_view::npos) value = word.substr(equals + 1);
    take(*flag, dashed(name), value);
  }

  // "-l", "-lapp=web", "-l=app=web", "-qw": switches until one that takes the rest as its value.
  void read_short(std::string_view letters) {
    for (std::size_t i = 0; i < letters.size() && !error_; ++i) {
      const Flag* flag = find_flag(command_, letters[i]);
      const std::string spelling = std::string("-") + letters[i];
      if (!flag) return fail("unknown flag " + escape_controls(spelling));
      const std::string_view rest = letters.substr(i + 1);
      if (rest.starts_with('=')) return take(*flag, spelling, rest.substr(1));
      if (takes_value(*flag) && !rest.empty()) return take(*flag, spelling, rest);
      take(*flag, spelling, std::nullopt);
    }
  }

  void take(const Flag& flag, const std::string& spelling, std::optional<std::string_view> value) {
    if (!value && !takes_value(flag)) value = "true";
    if (!value && at_ < words_.size()) value = words_[at_++];
    if (!value) return fail(spelling + " needs a value: " + spelling + " " + std::string(flag.value_name));
    if (!flag.refused.empty()) return fail(spelling + ": " + std::string(flag.refused));
    if (flag.name == "help") {
      help_ = true;
      return;
    }
    Result<Value> converted = convert(flag, *value);
    if (!converted.ok()) return fail(spelling + ": " + converted.error().message());
    keep(flag, spelling, std::move(converted).value());
  }

  // Before the command is known its flags are kept aside; afterwards they go where they belong.
  void keep(const Flag& flag, const std::string& spelling, Value value) {
    const auto found = values_.find(&flag);
    if (found == values_.end()) {
      values_.emplace(&flag, std::move(value));
      return;
    }
    if (StringMap* map = std::get_if<StringMap>(&value)) {
      map->merge(std::get<StringMap>(found->second));
    } else if (flag.kind == ValueKind::items) {
      StringList all = std::get<StringList>(found->second);
      for (std::string& item : std::get<StringList>(value)) all.push_back(std::move(item));
      value = std::move(all);
    } else if (flag.kind == ValueKind::list && value != found->second) {
      replaced_.insert(spelling);
    }
    found->second = std::move(value);
  }

  void finish() {
    for (const FlagGroup& group : flag_groups(*command_)) {
      for (const Flag& flag : group.flags) settle(flag);
    }
    for (const std::string& spelling : replaced_) {
      arguments_->warn(
          spelling +
          " is given more than once: as in velero, the last one replaces the others; join the values with commas");
    }
    check_rules();
    check_positionals();
  }

  // The flag's value from the command line, the environment or the table.
  void settle(const Flag& flag) {
    if (const auto found = values_.find(&flag); found != values_.end()) {
      return arguments_->set(flag, std::move(found->second), true);
    }
    const std::string_view value = flag.env.empty() ? std::string_view() : variable(environment_, flag.env);
    if (!value.empty()) {
      Result<Value> converted = convert(flag, value);
      if (!converted.ok()) return fail(std::string(flag.env) + ": " + converted.error().message());
      return arguments_->set(flag, std::move(converted).value(), true);
    }
    if (flag.required) {
      fail(dashed(flag.name) + " " + std::string(flag.value_name) + " is needed" +
           (flag.env.empty() ? "" : ", or the variable " + std::string(flag.env)));
    }
    arguments_->set(flag, initial_value(flag), false);
  }

  std::optional<std::string_view> first_given(std::span<const std::string_view> names) const {
    const auto found = std::find_if(names.begin(), names.end(), [&](auto name) { return arguments_->given(name); });
    return found == names.end() ? std::nullopt : std::optional(*found);
  }

  void check_rules() {
    for (const Conflict& conflict : command_->conflicts) {
      const auto left = first_given(conflict.left), right = first_given(conflict.right);
      if (left && right) {
        fail(dashed(*left) + " and " + dashed(*right) + " do not go together: " + std::string(conflict.why));
      }
    }
    if (command_->needs_one_of.empty() || first_given(command_->needs_one_of)) return;
    std::string names;
    for (std::string_view name : command_->needs_one_of) names += (names.empty() ? "" : " or ") + dashed(name);
    fail(names + " is needed");
  }

  void check_positionals() {
    std::size_t least = 0, most = 0;
    const StringList& given = arguments_->positionals();
    for (const Positional& positional : command_->positionals) {
      const bool must = positional.arity == Arity::one || positional.arity == Arity::at_least_one;
      if (must && !first_given(positional.unless)) ++least;
      most = positional.arity == Arity::any || positional.arity == Arity::at_least_one ? SIZE_MAX : most + 1;
      if (given.size() < least) return fail(std::string(positional.name) + " is missing");
      if (!positional.choices.empty()) check_choice(positional, given[least - 1]);
    }
    if (given.size() > most) {
      fail(quoted(given[most]) +
           (most == 0 ? " is not expected: the command takes no names" : " is one name too many"));
    }
  }

  void check_choice(const Positional& positional, std::string_view word) {
    if (std::find(positional.choices.begin(), positional.choices.end(), word) != positional.choices.end()) return;
    const auto near = nearest(word, positional.choices);
    fail(std::string(positional.name) + " " + quoted(word) + " is not known; it is " + std::string(positional.help),
         near ? std::string(*near) : std::string());
  }

  std::span<const std::string_view> words_;
  const Environment& environment_;
  std::size_t at_ = 0;
  bool only_names_ = false, help_ = false, version_ = false;
  std::vector<std::string_view> path_;
  const CommandGroup* group_ = nullptr;
  const Command* command_ = nullptr;
  std::map<const Flag*, Value> values_;
  std::set<std::string> replaced_;
  std::optional<Arguments> arguments_;
  std::optional<UsageError> error_;
};

}  // namespace

Parsed parse(std::span<const std::string_view> words, const Environment& environment) {
  return Reader(words, environment).read();
}

}  // namespace salvor::cli
