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

constexpr Positional kEncryptedLocation[] = {{.name = "LOCATION", .help = "The name of an encrypted location."}};
constexpr Flag kCheckFlags[] = {
    {.name = "all", .kind = flag, .help = "Check every backup, instead of the newest one."},
};
constexpr FlagGroup kCheckGroups[] = {{"Checking", kCheckFlags}, {"Output", kOutputFlags}};
constexpr Example kCheckExamples[] = {
    {"Is there a key here that opens the newest backup?", "salvor key check offsite"},
    {"Which backups can be read by whom", "salvor key check offsite --all"},
};
constexpr Outcome kCheckOutcomes[] = {Outcome::not_found, Outcome::verification_failed};

constexpr Flag kRotateFlags[] = {
    {.name = "encrypt",
     .kind = list,
     .value_name = "AGE-RECIPIENTS",
     .help = "The recipients from now on, all of them. Without it those of the configuration."},
    {.name = "identity-file",
     .kind = path,
     .value_name = "FILE",
     .help = "Identities of the new recipients, beside those of the configuration. When all files have the new readers "
             "it takes the old file's place in the configuration."},
};
constexpr FlagGroup kRotateGroups[] = {{"Rotation", kRotateFlags}};
constexpr Example kRotateExamples[] = {
    {"Exchange the key",
     "salvor key generate --output new.key\nsalvor key rotate offsite --encrypt \"$(salvor key show new.key)\" "
     "--identity-file new.key"},
    {"Give old backups the recipients of the configuration", "salvor key rotate offsite"},
};
constexpr Outcome kRotateOutcomes[] = {Outcome::some_items_failed};

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
    {.group = "key",
     .name = "check",
     .summary = "Prove that a key at hand opens the newest backup",
     .description =
         "Opens every file of the newest backup with the location's identity file or passphrase, and tells who "
         "can read it. A key that is lost, or was never the right one, shows here and not on the day of the "
         "restore. Files that are not encrypted are counted. Ends with 5 unless all files open.",
     .positionals = kEncryptedLocation,
     .flags = kCheckGroups,
     .examples = kCheckExamples,
     .outcomes = kCheckOutcomes,
     .run = run_key_check},
    {.group = "key",
     .name = "rotate",
     .summary = "Exchange the recipients of an encrypted location",
     .description =
         "Writes the new recipients into the configuration, so that new backups are for them, and gives the files of "
         "old "
         "backups a header for them; contents are neither changed nor decrypted to disk. It refuses unless an identity "
         "at hand belongs to a new recipient, and can be run again after an interruption. Who once could open a file "
         "may have kept its key: rotation admits readers, only new backups shut old ones out.",
     .positionals = kEncryptedLocation,
     .flags = kRotateGroups,
     .examples = kRotateExamples,
     .outcomes = kRotateOutcomes,
     .run = run_key_rotate},
};

}  // namespace

constinit const CommandGroup kKeyCommands = {"key", "Make and look at the keys of encrypted backups", kCommands};

}  // namespace salvor::cli
