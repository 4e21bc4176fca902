// The table of `salvor key ...`.
#include "cli/bodies.h"
#include "cli/commands.h"
#include "cli/flags.h"

namespace salvor::cli {

namespace {

constexpr Flag kOutputFileFlags[] = {
    {.name = "output",
     .kind = path,
     .value_name = "FILE",
     .help =
         "The file to make, readable by its owner alone; an existing one is never replaced. \"-\" is standard output, "
         "also when that is a terminal."}};
constexpr FlagGroup kGenerateGroups[] = {{"Output", kOutputFileFlags}};

constexpr Positional kKeyFile[] = {
    {.name = "FILE", .help = "A file of age identities. When it is locked with a passphrase, that is asked for."}};

constexpr Example kGenerateExamples[] = {
    {"Make a key; the line that is printed is its recipient", "salvor key generate --output ~/salvor.key"},
    {"Lock the key with a passphrase, so that the file may lie around",
     "salvor key generate | age --passphrase --armor --output salvor.key.age"},
};
constexpr Example kShowExamples[] = {{"Which recipients a file can read for", "salvor key show ~/salvor.key"}};

constexpr Command kCommands[] = {
    {.group = "key",
     .name = "generate",
     .summary = "Make a key for encrypted backups",
     .description =
         "Makes an age identity, which decrypts, and prints its recipient, which encrypts and may be seen by all. "
         "Who loses the identity loses every backup that was encrypted for it alone: keep a copy away from "
         "the cluster and its backups. age-keygen makes the same files.",
     .flags = kGenerateGroups,
     .examples = kGenerateExamples,
     .run = run_key_generate},
    {.group = "key",
     .name = "show",
     .summary = "Print the recipients of a key file",
     .description = "Prints the recipient of each identity in the file, one a line. Nothing secret is printed.",
     .positionals = kKeyFile,
     .examples = kShowExamples,
     .run = run_key_show},
};

}  // namespace

constinit const CommandGroup kKeyCommands = {"key", "Make and look at the keys of encrypted backups", kCommands};

}  // namespace salvor::cli
