// Command: what a person may type, as plain constant values.
//
// The command line is one table. Parsing (parser.h), --help (help.h), shell completions (completion.h), man pages and
// the manual's command reference (manual.h) are all computed from it, so that none of them can tell another story.
// A new command is a new entry in one of the commands_*.cc files, and a function that does the work.
//
// Tables are constant-initialised: nothing runs before main, and asking for the version touches none of it twice.
// Flag names and value forms follow velero's CLI wherever velero has the flag.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "cli/exit.h"

namespace salvor::cli {

struct Invocation;  // cli/invocation.h

enum class ValueKind {
  flag,           // present or not: --wait, --wait=false
  optional_bool,  // true, false or not said: --snapshot-volumes, --snapshot-volumes=false
  text,
  path,      // text that completes to files
  list,      // "a,b,c"; given again it replaces, as in velero
  items,     // "a,b,c"; given again it adds: flags that velero does not have
  map,       // "k1=v1,k2=v2" with quotes as in CSV; given again it adds
  colons,    // a map whose keys and values are divided by ':'
  duration,  // Go's form: 90s, 1h30m, 720h
  integer,   // not negative
  choice,    // one of `choices`
};

struct Flag {
  std::string_view name;        // without the dashes
  std::string_view alias = {};  // a second long name with the same meaning
  char short_name = 0;
  ValueKind kind = ValueKind::text;
  std::string_view value_name = {};  // in help and usage: "LOC"
  std::string_view help;             // one or more sentences, no line breaks
  std::string_view initial = {};     // the value when nobody gives one; shown as default
  std::string_view env = {};         // read when the flag is not given
  std::span<const std::string_view> choices = {};
  bool required = false;
  // Why the flag is an error: velero has it, and passing over it would do something else than was asked for.
  std::string_view refused = {};
};

// Flags under one heading of the help text.
struct FlagGroup {
  std::string_view title;
  std::span<const Flag> flags;
};

enum class Arity { one, optional, any, at_least_one };

struct Positional {
  std::string_view name;  // "NAME"
  std::string_view help;
  Arity arity = Arity::one;
  // Arity::one only: flags that make the argument optional when one of them is given.
  std::span<const std::string_view> unless = {};
  std::span<const std::string_view> choices = {};
};

struct Example {
  std::string_view says;
  std::string_view line;
};

// No flag of `left` goes together with a flag of `right`.
struct Conflict {
  std::span<const std::string_view> left;
  std::span<const std::string_view> right;
  std::string_view why;
};

// Does the command's work. An Error is reported and decides the exit status; an Outcome is how it ended otherwise.
using Run = Result<Outcome> (*)(const Invocation&);

struct Command {
  std::string_view group;    // "backup"; empty for commands of one word
  std::string_view name;     // "create"
  std::string_view summary;  // one line, no full stop
  std::string_view description;
  std::span<const Positional> positionals = {};
  std::span<const FlagGroup> flags = {};  // without the global ones
  std::span<const Conflict> conflicts = {};
  std::span<const std::string_view> needs_one_of = {};  // at least one of these flags
  std::span<const Example> examples = {};
  std::span<const Outcome> outcomes = {};              // exit statuses beyond 0, 1, 2 and 130
  std::span<const std::string_view> also_called = {};  // other spellings of the path: "create backup"
  Run run = nullptr;
};

struct CommandGroup {
  std::string_view name;  // empty: its commands stand at the top level
  std::string_view summary;
  std::span<const Command> commands;
};

}  // namespace salvor::cli
