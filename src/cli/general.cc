// version, completion, man, help.
#include "cli/general.h"

#include <cerrno>
#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/help.h"
#include "cli/invocation.h"
#include "cli/manual.h"
#include "cli/report.h"
#include "cli/text.h"

namespace salvor::cli {

namespace {
#if defined(__clang__)
constexpr std::string_view kCompiler = "clang " __clang_version__;
#else
constexpr std::string_view kCompiler = "g++ " __VERSION__;
#endif

// The command that the words of `help` or `man` name; reports when there is none.
const Command* command_of(const Invocation& invocation) {
  const StringList& words = invocation.arguments.positionals();
  const std::vector<std::string_view> path(words.begin(), words.end());
  const Command* command = find_command(path);
  if (!command) {
    UsageError error{.message = "there is no command \"", .suggestion = {}, .group = nullptr, .command = nullptr};
    for (const std::string& word : words) error.message += (&word == &words[0] ? "" : " ") + escape_controls(word);
    error.message += "\"";
    report_usage_error(invocation.console, error);
  }
  return command;
}

// A page that is cut short would be taken for whole, so every write is checked.
Result<> write_page(const std::string& file, const std::string& text) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(file.c_str(), "we"), &std::fclose);
  if (!stream) return errno_error(file, errno);
  const bool written = std::fwrite(text.data(), 1, text.size(), stream.get()) == text.size();
  if (!written || std::fflush(stream.get()) != 0) return errno_error(file, errno);
  return {};
}

Result<> write_pages(const std::string& directory) {
  TRY(write_page(directory + "/salvor.1", program_page()));
  for (const Command* command : all_commands()) {
    TRY(write_page(directory + "/" + page_name(*command) + ".1", command_page(*command)));
  }
  return {};
}

}  // namespace

Result<Outcome> run_version(const Invocation& invocation) {
  if (invocation.arguments.text("output") == "json") {
    invocation.console.out("{\"version\":\"" SALVOR_VERSION "\",\"compiler\":\"" + std::string(kCompiler) + "\"}\n");
  } else {
    invocation.console.out(version_line() + "\nbuilt with " + std::string(kCompiler) + "\n");
  }
  return Outcome::done;
}

Result<Outcome> run_completion(const Invocation& invocation) {
  const std::string_view shell = invocation.arguments.name();
  invocation.console.out(shell == "bash" ? bash_completion() : shell == "zsh" ? zsh_completion() : fish_completion());
  return Outcome::done;
}

Result<Outcome> run_man(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  if (arguments.given("directory")) {
    TRY(write_pages(arguments.text("directory")));
    return Outcome::done;
  }
  if (arguments.text("format") == "markdown") {
    invocation.console.out(command_reference());
    return Outcome::done;
  }
  if (arguments.positionals().empty()) {
    invocation.console.out(program_page());
    return Outcome::done;
  }
  const Command* command = command_of(invocation);
  if (!command) return Outcome::wrong_usage;
  invocation.console.out(command_page(*command));
  return Outcome::done;
}

Result<Outcome> run_help(const Invocation& invocation) {
  const StringList& words = invocation.arguments.positionals();
  const std::size_t width = help_width(invocation.console.columns());
  const CommandGroup* group = words.size() == 1 ? find_group(words[0]) : nullptr;
  if (words.empty() || group) {
    invocation.console.out(group ? group_help(*group, width) : program_help(width));
    return Outcome::done;
  }
  const Command* command = command_of(invocation);
  if (!command) return Outcome::wrong_usage;
  invocation.console.out(command_help(*command, width));
  return Outcome::done;
}

}  // namespace salvor::cli
