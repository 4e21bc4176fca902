// The tables of `salvor repo ...` and `salvor snapshot ...`.
#include "cli/bodies.h"
#include "cli/commands.h"
#include "cli/flags.h"

namespace salvor::cli {

namespace {

constexpr Flag kPasswordFlags[] = {
    {.name = "password-file",
     .kind = path,
     .value_name = "FILE",
     .help = "The file that holds the repository's password. Without it SALVOR_PASSWORD, SALVOR_PASSWORD_FILE or "
             "SALVOR_PASSWORD_COMMAND is used, or it is asked for on the terminal."}};

constexpr FlagGroup kReadGroups[] = {
    {"Location", kLocationFlags}, {"Repository", kPasswordFlags}, {"Output", kOutputFlags}};
constexpr Example kStatusExamples[] = {
    {"Tell what a repository is made with", "salvor repo status --location /mnt/nas/kopia --password-file ~/.kopia"}};

constexpr Outcome kReadOutcomes[] = {Outcome::not_found, Outcome::verification_failed};

constexpr Command kRepoTable[] = {
    {.group = "repo",
     .name = "status",
     .summary = "Tell about a Kopia repository",
     .description = "Opens a Kopia repository, whoever made it, and tells its format, its algorithms and how much its "
                    "indexes name.",
     .flags = kReadGroups,
     .examples = kStatusExamples,
     .outcomes = kReadOutcomes,
     .run = run_repo_status},
};

constexpr Flag kSourceFlags[] = {
    {.name = "source",
     .value_name = "[USER@HOST:]PATH",
     .help = "Only snapshots of this source; @HOST or USER@HOST alone takes every path of it."}};
constexpr FlagGroup kSnapshotListGroups[] = {
    {"Location", kLocationFlags}, {"Repository", kPasswordFlags}, {"Which", kSourceFlags}, {"Output", kOutputFlags}};
constexpr Positional kEntryName[] = {
    {.name = "ID[/PATH]",
     .help = "A snapshot by its id or a beginning of it, or an object by its id, and a path below its root."}};
constexpr FlagGroup kCatGroups[] = {{"Location", kLocationFlags}, {"Repository", kPasswordFlags}};
constexpr Flag kLsFlags[] = {
    {.name = "recursive", .short_name = 'r', .kind = flag, .help = "Everything below it too."}};
constexpr FlagGroup kLsGroups[] = {
    {"Location", kLocationFlags}, {"Repository", kPasswordFlags}, {"What", kLsFlags}, {"Output", kOutputFlags}};

constexpr std::string_view kExistingChoices[] = {"overwrite", "skip", "refuse"};
constexpr Flag kRestoreFlags[] = {
    {.name = "existing",
     .kind = choice,
     .value_name = "POLICY",
     .help = "What to do about files that are there already: replace them, keep them, or call them errors.",
     .initial = "refuse",
     .choices = kExistingChoices},
    {.name = "skip-owners", .kind = flag, .help = "Do not set owners and groups; so it is when salvor is not root."},
    {.name = "parallel", .kind = integer, .value_name = "N", .help = "Files written at a time.", .initial = "8"},
};
constexpr FlagGroup kSnapshotRestoreGroups[] = {{"Location", kLocationFlags},
                                                {"Repository", kPasswordFlags},
                                                {"Restore", kRestoreFlags},
                                                {"Output", kTimeoutFlags}};
constexpr Positional kRestoreNames[] = {
    kEntryName[0], {.name = "TARGET", .help = "The directory to restore into; made when it is missing."}};

constexpr Example kListExamples[] = {
    {"List the snapshots of a repository", "salvor snapshot list --location /mnt/nas/kopia"}};
constexpr Example kLsExamples[] = {{"Show what a snapshot holds", "salvor snapshot ls 3f2a9c/etc --location nas"}};
constexpr Example kCatExamples[] = {
    {"Print one file of a snapshot", "salvor snapshot cat 3f2a9c/etc/hosts --location nas"}};
constexpr Example kRestoreExamples[] = {
    {"Restore a snapshot", "salvor snapshot restore 3f2a9c /srv/restored --location nas"},
    {"Only one directory of it", "salvor snapshot restore 3f2a9c/var/lib/app /srv/restored --location nas"}};
constexpr Outcome kListOutcomes[] = {Outcome::some_items_failed, Outcome::not_found, Outcome::verification_failed};
constexpr Outcome kRestoreOutcomes[] = {Outcome::some_items_failed, Outcome::not_found, Outcome::verification_failed};

constexpr Command kSnapshotTable[] = {
    {.group = "snapshot",
     .name = "list",
     .summary = "List snapshots",
     .description = "Lists the snapshots of a Kopia repository, oldest first.",
     .flags = kSnapshotListGroups,
     .examples = kListExamples,
     .outcomes = kListOutcomes,
     .run = run_snapshot_list},
    {.group = "snapshot",
     .name = "ls",
     .summary = "Show what a snapshot holds",
     .description = "Lists a directory of a snapshot: mode, owner, size, time and name of each entry.",
     .positionals = kEntryName,
     .flags = kLsGroups,
     .examples = kLsExamples,
     .outcomes = kReadOutcomes,
     .run = run_snapshot_ls},
    {.group = "snapshot",
     .name = "cat",
     .summary = "Print a file of a snapshot",
     .description = "Prints a file of a snapshot as it was saved.",
     .positionals = kEntryName,
     .flags = kCatGroups,
     .examples = kCatExamples,
     .outcomes = kReadOutcomes,
     .run = run_snapshot_cat},
    {.group = "snapshot",
     .name = "restore",
     .summary = "Restore a snapshot",
     .description =
         "Writes a snapshot, or a part of it, into a directory. A file is there whole or not at all. What is "
         "damaged is named, and the rest is restored (exit status 3).",
     .positionals = kRestoreNames,
     .flags = kSnapshotRestoreGroups,
     .examples = kRestoreExamples,
     .outcomes = kRestoreOutcomes,
     .run = run_snapshot_restore},
};

}  // namespace

constinit const CommandGroup kRepoCommands = {"repo", "Look after Kopia repositories", kRepoTable};
constinit const CommandGroup kSnapshotCommands = {"snapshot", "Read the snapshots of Kopia repositories",
                                                  kSnapshotTable};

}  // namespace salvor::cli
