// The table of the commands that stand at the top level: version, completion, man, help.
#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/general.h"

namespace salvor::cli {

namespace {

constexpr std::string_view kVersionFormats[] = {"text", "json"};
constexpr Flag kVersionFlags[] = {
    {.name = "output",
     .short_name = 'o',
     .kind = choice,
     .value_name = "FORMAT",
     .help = "The form of the output.",
     .initial = "text",
     .choices = kVersionFormats},
    {.name = "client-only",
     .kind = flag,
     .help = "Accepted because velero has it: salvor is client and server in one program."},
    {.name = "timeout",
     .kind = duration,
     .value_name = "DURATION",
     .help = "Accepted because velero has it: there is no server to wait for.",
     .initial = "5s"},
};
constexpr FlagGroup kVersionGroups[] = {{"Output", kVersionFlags}};

constexpr std::string_view kShells[] = {"bash", "zsh", "fish"};
constexpr Positional kShell[] = {{.name = "SHELL", .help = "bash, zsh or fish.", .choices = kShells}};
constexpr Example kCompletionExamples[] = {
    {"For this bash session", "source <(salvor completion bash)"},
    {"For every zsh session", "salvor completion zsh > \"${fpath[1]}/_salvor\""},
    {"For every fish session", "salvor completion fish > ~/.config/fish/completions/salvor.fish"},
};

constexpr std::string_view kPageFormats[] = {"man", "markdown"};
constexpr Flag kManFlags[] = {
    {.name = "directory",
     .kind = path,
     .value_name = "DIR",
     .help = "Write the page of the program and of every command into this directory, which must exist."},
    {.name = "format",
     .kind = choice,
     .value_name = "FORMAT",
     .help = "man for manual pages, markdown for one document with all commands.",
     .initial = "man",
     .choices = kPageFormats},
};
constexpr FlagGroup kManGroups[] = {{"Output", kManFlags}};
constexpr std::string_view kDirectory[] = {"directory"};
constexpr std::string_view kFormat[] = {"format"};
constexpr Conflict kManConflicts[] = {{kDirectory, kFormat, "a directory is for manual pages"}};
constexpr Positional kCommandWords[] = {
    {.name = "COMMAND",
     .help = "The words of a command, such as backup create; salvor itself when absent.",
     .arity = Arity::any}};
constexpr Example kManExamples[] = {
    {"Read a page", "salvor man backup create | man -l -"},
    {"Install all pages", "salvor man --directory ~/.local/share/man/man1"},
};
constexpr Example kHelpExamples[] = {{"The same as salvor backup create --help", "salvor help backup create"}};

constexpr Command kCommands[] = {
    {.group = "",
     .name = "version",
     .summary = "Print the version",
     .description = "Prints the version of salvor. `salvor --version` prints it alone on one line.",
     .flags = kVersionGroups,
     .run = run_version},
    {.group = "",
     .name = "completion",
     .summary = "Print a completion script for a shell",
     .description = "Prints the script that lets a shell complete commands, flags and fixed values.",
     .positionals = kShell,
     .examples = kCompletionExamples,
     .run = run_completion},
    {.group = "",
     .name = "man",
     .summary = "Print or write manual pages",
     .description = "Prints the manual page of salvor or of one command, or writes all of them into a directory.",
     .positionals = kCommandWords,
     .flags = kManGroups,
     .conflicts = kManConflicts,
     .examples = kManExamples,
     .run = run_man},
    {.group = "",
     .name = "help",
     .summary = "Print the help of a command",
     .description = "Prints the help of salvor, of a group of commands, or of one command.",
     .positionals = kCommandWords,
     .examples = kHelpExamples,
     .run = run_help},
};

}  // namespace

constinit const CommandGroup kGeneralCommands = {"", "General", kCommands};

}  // namespace salvor::cli
