// Messages for people; every piece of foreign text passes through escape_controls.
#include "cli/report.h"

#include "cli/commands.h"
#include "cli/text.h"

namespace salvor::cli {

namespace {

constexpr std::string_view kRed = "\033[1;31m";
constexpr std::string_view kYellow = "\033[1;33m";
constexpr std::string_view kPlain = "\033[0m";

std::string painted(const Console& console, std::string_view color, std::string_view text) {
  if (!console.color()) return std::string(text);
  return std::string(color) + std::string(text) + std::string(kPlain);
}

}  // namespace

void report_error(Console& console, const Error& error) {
  std::string text = painted(console, kRed, "salvor:") + " " + escape_controls(error.message()) + "\n";
  if (!error.hint().empty()) text += "  " + escape_controls(error.hint()) + "\n";
  console.err(text);
}

void report_warning(Console& console, std::string_view sentence) {
  console.err(painted(console, kYellow, "salvor: warning:") + " " + escape_controls(sentence) + "\n");
}

Outcome refuse(Console& console, const Error& error) {
  report_error(console, error);
  return Outcome::wrong_usage;
}

void report_usage_error(Console& console, const UsageError& error) {
  std::string text = painted(console, kRed, "salvor:") + " " + error.message + "\n";
  if (!error.suggestion.empty()) text += "  did you mean " + error.suggestion + "?\n";
  std::string topic = "salvor";
  if (error.command) {
    text += "  usage: " + usage_of(*error.command) + "\n";
    topic += " " + path_of(*error.command);
  } else {
    if (error.group) topic += " " + std::string(error.group->name);
    text += "  usage: " + topic + " COMMAND [flags]\n";
  }
  console.err(text + "  `" + topic + " --help` tells more\n");
}

}  // namespace salvor::cli
