// Arguments: what was typed, checked against the table and converted.
//
// Values are asked for by the flag's name. Asking for a name or a kind that the command's table does not have is a
// defect of the caller and aborts. A flag that was not given answers with its `initial` value from the table.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "cli/command.h"

namespace salvor::cli {

using StringList = std::vector<std::string>;
using StringMap = std::map<std::string, std::string>;

// text, path and choice; flag; optional_bool; list; map and colons; duration; integer
using Value = std::variant<std::string, bool, std::optional<bool>, StringList, StringMap, Duration, std::int64_t>;

// The value of one flag from its text. The Error names neither the flag nor the place.
Result<Value> convert(const Flag& flag, std::string_view text);

// What the flag holds when nobody gives it: its `initial` text converted, or the empty value of its kind.
Value initial_value(const Flag& flag);

class Arguments {
 public:
  explicit Arguments(const Command& command) : command_(&command) {}

  const Command& command() const { return *command_; }

  // True when the flag was on the command line or in its environment variable.
  bool given(std::string_view name) const;

  const std::string& text(std::string_view name) const;
  bool flag(std::string_view name) const;
  std::optional<bool> optional_bool(std::string_view name) const;
  const StringList& list(std::string_view name) const;
  const StringMap& map(std::string_view name) const;
  Duration duration(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;

  const StringList& positionals() const { return positionals_; }
  // The first positional, empty when there is none.
  std::string_view name() const { return positionals_.empty() ? std::string_view() : positionals_.front(); }

  // What the user should know although it is no error, one sentence each.
  const StringList& warnings() const { return warnings_; }

  // For the parser and for tests.
  void set(const Flag& flag, Value value, bool given);
  void add_positional(std::string word) { positionals_.push_back(std::move(word)); }
  void warn(std::string sentence) { warnings_.push_back(std::move(sentence)); }

 private:
  const Value& value(std::string_view name) const;

  const Command* command_;
  std::map<std::string, Value, std::less<>> values_;  // by the flag's first name
  std::map<std::string, bool, std::less<>> given_;
  StringList positionals_;
  StringList warnings_;
};

}  // namespace salvor::cli
