// The table of `salvor location ...`.
#include "cli/bodies.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/location_check.h"

namespace salvor::cli {

namespace {

constexpr Positional kAddNames[] = {
    {.name = "NAME", .help = "The name that --location then takes: letters, digits, '_', '.' and '-'."},
    {.name = "LOC", .help = "A directory, a file:// URL, or s3://bucket/prefix?endpoint=URL&region=R."},
};

constexpr Flag kEncryptionFlags[] = {
    {.name = "encrypt",
     .kind = items,
     .value_name = "AGE-RECIPIENT",
     .help = "Encrypt what is written there to this age recipient; given again it adds one."},
    {.name = "passphrase",
     .value_name = "REF",
     .help = "Encrypt with a passphrase instead: a reference, file:PATH, env:NAME or command:PROGRAM."},
    {.name = "identity-file",
     .kind = path,
     .value_name = "FILE",
     .help = "The age identity that opens what was encrypted, for verifying and restoring."},
};

constexpr Flag kBucketFlags[] = {
    {.name = "access-key-id", .value_name = "REF", .help = "Where the access key's id is: file:, env: or command:."},
    {.name = "secret-access-key",
     .value_name = "REF",
     .help = "Where the secret is: file:PATH, env:NAME or command:PROGRAM ARGUMENTS. The secret itself is refused."},
    {.name = "session-token", .value_name = "REF", .help = "Where the session token is, if there is one."},
    {.name = "customer-key", .value_name = "REF", .help = "Where the key of server-side encryption (SSE-C) is."},
    {.name = "inline-secret",
     .kind = flag,
     .help = "Keep the secret access key in the configuration file itself. It is read from standard input, never from "
             "the command line."},
    {.name = "s3-option",
     .kind = map,
     .value_name = "K=V,...",
     .help = "Options by the names of velero's AWS plugin, such as profile=backup or storageClass=STANDARD_IA."},
};

constexpr Flag kLimitFlags[] = {
    {.name = "upload-limit", .value_name = "RATE", .help = "The most bytes per second to send, such as 20MiB."},
    {.name = "download-limit", .value_name = "RATE", .help = "The most bytes per second to fetch."},
    {.name = "request-limit", .value_name = "N", .help = "The most requests per second."},
};

constexpr Flag kAddFlags[] = {
    {.name = "price-class",
     .value_name = "CLASS",
     .help = "What storing there costs, for `salvor location usage`: s3-standard-ia, b2, none and others."},
    {.name = "replace", .kind = flag, .help = "Replace a location of that name, all its settings included."},
};

constexpr FlagGroup kAddGroups[] = {
    {"Encryption", kEncryptionFlags}, {"Buckets", kBucketFlags}, {"Limits", kLimitFlags}, {"This location", kAddFlags}};

constexpr std::string_view kSecret[] = {"secret-access-key"};
constexpr std::string_view kInline[] = {"inline-secret"};
constexpr std::string_view kEncrypt[] = {"encrypt"};
constexpr std::string_view kPassphrase[] = {"passphrase"};
constexpr Conflict kAddConflicts[] = {
    {kSecret, kInline, "a secret is in one place"},
    {kEncrypt, kPassphrase, "age encrypts to recipients or with a passphrase"},
};

constexpr Example kAddExamples[] = {
    {"Give a directory a name", "salvor location add nas /mnt/nas/backups"},
    {"A bucket, encrypted, with the secret in a password store",
     "salvor location add offsite 's3://home-backups/cluster1?region=eu-central-1' --encrypt age1... --access-key-id "
     "env:BACKUP_KEY_ID --secret-access-key 'command:pass show backup/s3'"},
    {"Use it", "salvor backup get --location nas"},
};

constexpr FlagGroup kListGroups[] = {{"Output", kOutputFlags}};
constexpr Example kListExamples[] = {{"Show all locations", "salvor location list"},
                                     {"For a script", "salvor location list -o json"}};
constexpr std::string_view kListCalled[] = {"location get", "get locations", "list locations"};

constexpr Positional kOneLocation[] = {{.name = "NAME", .help = "The location's name."}};
constexpr Positional kListNames[] = {
    {.name = "NAME", .help = "Locations; all when none is named.", .arity = Arity::any}};
constexpr Example kRemoveExamples[] = {{"Forget a location", "salvor location remove nas"}};
constexpr std::string_view kRemoveCalled[] = {"location delete"};
constexpr Outcome kFindOutcomes[] = {Outcome::not_found};

constexpr std::string_view kShowPrices[] = {"show-prices"};
constexpr Positional kUsedLocation[] = {
    {.name = "LOC", .help = "A configured name, a directory or a URL.", .unless = kShowPrices}};
constexpr Flag kUsageFlags[] = {
    {.name = "prices", .kind = path, .value_name = "FILE", .help = "A table of prices in place of the built-in one."},
    {.name = "price-class",
     .value_name = "CLASS",
     .help =
         "The class to count with, such as s3-standard-ia or b2. Without it the configuration's, else s3-standard for "
         "buckets and none for directories. What the store tells of an object goes before."},
    {.name = "show-prices", .kind = flag, .help = "Print the built-in table, to start an own one from."},
};
constexpr FlagGroup kUsageGroups[] = {{"Prices", kUsageFlags}, {"Output", kOutputFlags}};
constexpr Example kUsageExamples[] = {
    {"What lies on the NAS", "salvor location usage nas"},
    {"What it would cost elsewhere", "salvor location usage nas --price-class s3-deep-archive"},
    {"Prices of one's own", "salvor location usage --show-prices > prices.yaml"},
};

constexpr Positional kFromTo[] = {
    {.name = "FROM", .help = "The location to copy from. It is only read."},
    {.name = "TO", .help = "The location to copy to."},
};
constexpr Flag kBackupsFlag = {
    .name = "backups",
    .kind = items,
    .value_name = "GLOBS",
    .help = "Only backups with these names; '*' stands for any characters. Given again it adds."};
constexpr Flag kSyncFlags[] = {
    kBackupsFlag,
    {.name = "delete",
     .kind = flag,
     .help = "Remove from TO the copies that FROM no longer has. The newest backup that verifies, backups that are no "
             "copies of FROM, and everything when FROM lists no backup or a copy failed, stay."},
    {.name = "dry-run", .kind = flag, .help = "Print what would be done, and do nothing."},
    {.name = "reread",
     .kind = flag,
     .help = "Read backups that are there already and compare every byte, instead of names and sizes."},
};
constexpr FlagGroup kSyncGroups[] = {{"Synchronising", kSyncFlags}, {"Output", kOutputFlags}};
constexpr Example kSyncExamples[] = {
    {"Copy to a bucket what it lacks", "salvor location sync nas offsite"},
    {"See what would be removed", "salvor location sync nas offsite --delete --dry-run"},
    {"Only some", "salvor location sync nas offsite --backups 'nightly-*'"},
};
constexpr Outcome kSyncOutcomes[] = {Outcome::some_items_failed};

constexpr Positional kDamaged[] = {{.name = "LOC", .help = "The location to repair."}};
constexpr Flag kRepairFlags[] = {
    {.name = "from",
     .value_name = "LOC",
     .help = "A location that holds the same backups. It is only read.",
     .required = true},
    kBackupsFlag,
    {.name = "dry-run", .kind = flag, .help = "Tell what is damaged and could be healed, and replace nothing."},
};
constexpr FlagGroup kRepairGroups[] = {{"Repair", kRepairFlags}, {"Output", kOutputFlags}};
constexpr Example kRepairExamples[] = {
    {"Heal the NAS from the bucket", "salvor location repair nas --from offsite"},
    {"Only look", "salvor location repair nas --from offsite --dry-run"},
};
constexpr Outcome kRepairOutcomes[] = {Outcome::some_items_failed, Outcome::verification_failed};

constexpr Positional kCleaned[] = {{.name = "LOC", .help = "A configured name, a directory or a URL."}};
constexpr Flag kCleanFlags[] = {
    {.name = "older-than",
     .kind = duration,
     .value_name = "DURATION",
     .help = "Leave what was written to more lately: its writer may still be at work.",
     .initial = "168h"},
    {.name = "dry-run", .kind = flag, .help = "Only tell what is there."},
};
constexpr FlagGroup kCleanGroups[] = {{"Cleaning", kCleanFlags}, {"Output", kOutputFlags}};
constexpr Example kCleanExamples[] = {
    {"See what killed runs left on the NAS", "salvor location clean nas --dry-run"},
    {"Remove it", "salvor location clean nas"},
};

constexpr Command kCommands[] = {
    {.group = "location",
     .name = "add",
     .summary = "Give a place for backups a name",
     .description =
         "Writes a location into the configuration file, with all that is needed to use it; every --location "
         "then takes its name. A place that cannot be reached now is added all the same, with a warning. The "
         "file is SALVOR_CONFIG, else ~/.config/salvor/config.yaml; other content and comments in it stay.",
     .positionals = kAddNames,
     .flags = kAddGroups,
     .conflicts = kAddConflicts,
     .examples = kAddExamples,
     .run = run_location_add},
    location_check::kCommand,
    {.group = "location",
     .name = "list",
     .summary = "List the configured locations",
     .description = "Lists the locations of the configuration file. Secrets are shown as references only.",
     .positionals = kListNames,
     .flags = kListGroups,
     .examples = kListExamples,
     .outcomes = kFindOutcomes,
     .also_called = kListCalled,
     .run = run_location_list},
    {.group = "location",
     .name = "remove",
     .summary = "Take a location out of the configuration",
     .description = "Takes the location's name out of the configuration file. The backups that lie there stay.",
     .positionals = kOneLocation,
     .examples = kRemoveExamples,
     .outcomes = kFindOutcomes,
     .also_called = kRemoveCalled,
     .run = run_location_remove},
    {.group = "location",
     .name = "usage",
     .summary = "Tell what a location holds and what it costs",
     .description = "Lists a location once and tells objects and bytes by pipeline and by backup, how they grew, and "
                    "what storing them and fetching them costs by a table of prices: with minimum sizes and times, "
                    "retrieval, requests and egress. Costs are estimates: list prices of one region, without tiers.",
     .positionals = kUsedLocation,
     .flags = kUsageGroups,
     .examples = kUsageExamples,
     .run = run_location_usage},
    {.group = "location",
     .name = "sync",
     .summary = "Copy all backups of one location to another",
     .description = "Copies every backup that TO lacks, as `salvor backup copy` does: whole, verified at the far end, "
                    "resumable. One that cannot be copied is named and the others go on (exit status 3). A different "
                    "backup of the same name is never replaced.",
     .positionals = kFromTo,
     .flags = kSyncGroups,
     .examples = kSyncExamples,
     .outcomes = kSyncOutcomes,
     .run = run_location_sync},
    {.group = "location",
     .name = "repair",
     .summary = "Heal damaged backups from another location",
     .description = "Reads every file of every backup, and replaces those that are proven damaged or missing by the "
                    "other location's, when these are proven good: by the index, by the record of a copy, or by "
                    "checksums. Nothing good is ever replaced. What cannot be healed is named (exit status 5).",
     .positionals = kDamaged,
     .flags = kRepairGroups,
     .examples = kRepairExamples,
     .outcomes = kRepairOutcomes,
     .run = run_location_repair},
    {.group = "location",
     .name = "clean",
     .summary = "Remove what killed runs left behind",
     .description = "Removes temporary files, unfinished uploads, and the files of backups that were begun and never "
                    "published, when nobody has written to them for a week. Backups are never touched. Some stores, "
                    "MinIO among them, do not tell of unfinished uploads and remove them by themselves.",
     .positionals = kCleaned,
     .flags = kCleanGroups,
     .examples = kCleanExamples,
     .run = run_location_clean},
};

}  // namespace

constinit const CommandGroup kLocationCommands = {"location", "Name the places where backups are kept", kCommands};

}  // namespace salvor::cli
