// Parser: the words of a command line into Arguments, by the table of commands.
//
// Words are read as Go's pflag reads them, because scripts written for velero must mean the same here:
//   --name value, --name=value, -n value, -nvalue, -n=value, -qw for two switches
//   --switch and --switch=false; a switch never takes the next word
//   an empty value is a value (--selector=), and a value may begin with a dash
//   flags and names in any order; after -- everything is a name
// Global flags may stand before the command. CLI11 and getopt differ from this in several of these points.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "cli/arguments.h"
#include "cli/environment.h"

namespace salvor::cli {

// Nothing to run: show the help of a command, of a group, or of the program when both are null.
struct HelpRequest {
  const CommandGroup* group = nullptr;
  const Command* command = nullptr;
};

// `salvor --version`
struct VersionRequest {};

struct UsageError {
  std::string message;     // "unknown flag --include-namespace", controls escaped
  std::string suggestion;  // "--include-namespaces"; may be empty
  const CommandGroup* group = nullptr;
  const Command* command = nullptr;
};

using Parsed = std::variant<Arguments, HelpRequest, VersionRequest, UsageError>;

// `words` without the program's name.
Parsed parse(std::span<const std::string_view> words, const Environment& environment);

}  // namespace salvor::cli
