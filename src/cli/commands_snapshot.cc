// The tables of `salvor repo ...` and `salvor snapshot ...`.
#include "cli/bodies.h"
#include "cli/commands.h"
#include "cli/flags_repository.h"
#include "cli/memory_limit.h"
#include "cli/repo_connect_check.h"
#include "cli/repo_health.h"
#include "cli/repo_passwd.h"
#include "cli/repo_repair.h"
#include "cli/repo_upgrade.h"
#include "cli/snapshot_delete.h"
#include "cli/snapshot_diff.h"
#include "cli/snapshot_estimate.h"
#include "cli/snapshot_find.h"
#include "cli/snapshot_mount.h"
#include "cli/snapshot_verify.h"

namespace salvor::cli {

namespace {

constexpr FlagGroup kReadGroups[] = {
    {"Location", kLocationFlags}, {"Repository", kPasswordFlags}, {"Output", kOutputFlags}};
constexpr Example kStatusExamples[] = {
    {"Tell what a repository is made with", "salvor repo status --location /mnt/nas/kopia --password-file ~/.kopia"}};

constexpr Outcome kReadOutcomes[] = {Outcome::not_found, Outcome::verification_failed};

constexpr std::string_view kEccChoices[] = {"REED-SOLOMON-CRC32"};
constexpr std::string_view kVersionChoices[] = {"1", "2", "3"};
constexpr std::string_view kRetentionChoices[] = {"GOVERNANCE", "COMPLIANCE"};
constexpr Flag kFormatFlags[] = {
    {.name = "hash",
     .value_name = "NAME",
     .help = "The hash that names contents: BLAKE2B-256-128, BLAKE3-256-128, HMAC-SHA256 and kopia's others.",
     .initial = "BLAKE2B-256-128"},
    {.name = "encryption",
     .value_name = "NAME",
     .help = "AES256-GCM-HMAC-SHA256 or CHACHA20-POLY1305-HMAC-SHA256.",
     .initial = "AES256-GCM-HMAC-SHA256"},
    {.name = "splitter",
     .value_name = "NAME",
     .help = "Where objects are cut: DYNAMIC-4M-BUZHASH, FIXED-4M and kopia's others.",
     .initial = "DYNAMIC-4M-BUZHASH"},
    {.name = "ecc",
     .kind = choice,
     .value_name = "NAME",
     .help = "How bytes that the storage gives back wrong are made good; see --ecc-overhead-percent.",
     .initial = "REED-SOLOMON-CRC32",
     .choices = kEccChoices},
    {.name = "ecc-overhead-percent",
     .kind = integer,
     .value_name = "N",
     .help = "How much more may be stored for that, 1 to 100; 0 is without it. Kopia calls it experimental.",
     .initial = "0"},
    {.name = "format-version",
     .kind = choice,
     .value_name = "N",
     .help = "1 and 2 are for old versions of kopia; 1 is only read by salvor.",
     .initial = "3",
     .choices = kVersionChoices},
    {.name = "retention-mode",
     .kind = choice,
     .value_name = "MODE",
     .help =
         "Lock what is written against removal, in a bucket that was made with object lock: GOVERNANCE can be lifted "
         "by special rights, COMPLIANCE by nobody.",
     .choices = kRetentionChoices},
    {.name = "retention-period",
     .kind = duration,
     .value_name = "DURATION",
     .help = "For how long, 24h at least; full maintenance extends it where the repository's parameters say so."},
};
constexpr FlagGroup kCreateGroups[] = {{"Location", kLocationFlags},
                                       {"Repository", kPasswordFlags},
                                       {"Format", kFormatFlags},
                                       {"Identity", kIdentityFlags}};
constexpr Example kCreateExamples[] = {
    {"Make a repository on a NAS", "salvor repo create --location /mnt/nas/kopia --password-file ~/.kopia"}};

constexpr std::string_view kSafetyChoices[] = {"full", "none"};
constexpr Flag kMaintainFlags[] = {
    {.name = "full",
     .kind = flag,
     .help = "Also free what nothing needs any more. Without it only indexes are looked after."},
    {.name = "dry-run", .kind = flag, .help = "Change nothing; tell what would be done now."},
    {.name = "take-ownership",
     .kind = flag,
     .help = "Become the one who maintains the repository, whoever it was. Only when that one no longer does."},
    {.name = "safety",
     .kind = choice,
     .value_name = "LEVEL",
     .help = "full waits with everything until other clients must have seen it. none waits for nothing and LOSES DATA "
             "when anybody else uses the repository; it is for tests.",
     .initial = "full",
     .choices = kSafetyChoices},
    {.name = "parallel", .kind = integer, .value_name = "N", .help = "Directories read at a time.", .initial = "8"},
};
constexpr FlagGroup kMaintainGroups[] = {{"Location", kLocationFlags},
                                         {"Repository", kPasswordFlags},
                                         {"Maintenance", kMaintainFlags},
                                         {"Identity", kIdentityFlags},
                                         {"Output", kOutputFlags}};
constexpr Example kMaintainExamples[] = {
    {"Free what nothing needs any more", "salvor repo maintain --full --location /mnt/nas/kopia"},
    {"See what that would do", "salvor repo maintain --full --dry-run --location /mnt/nas/kopia"}};
constexpr Outcome kMaintainOutcomes[] = {Outcome::some_items_failed, Outcome::not_found, Outcome::verification_failed};

constexpr Command kRepoTable[] = {
    {.group = "repo",
     .name = "create",
     .summary = "Make a Kopia repository",
     .description =
         "Makes a Kopia repository in a location that has none. Stock kopia opens it with the same password.",
     .flags = kCreateGroups,
     .examples = kCreateExamples,
     .run = run_repo_create},
    {.group = "repo",
     .name = "status",
     .summary = "Tell about a Kopia repository",
     .description = "Opens a Kopia repository, whoever made it, and tells its format, its algorithms and how much its "
                    "indexes name.",
     .flags = kReadGroups,
     .examples = kStatusExamples,
     .outcomes = kReadOutcomes,
     .run = run_repo_status},
    repo_connect_check::kCommand,
    repo_verify::kCommand,
    repo_health::kCommand,
    repo_passwd::kCommand,
    repo_repair::kCommand,
    repo_upgrade::kCommand,
    {.group = "repo",
     .name = "maintain",
     .summary = "Maintain a Kopia repository",
     .description =
         "Merges the indexes of a Kopia repository, and with --full frees what no snapshot needs any more, as `kopia "
         "maintenance run` does and with its rules of safety: what is no longer used goes in two steps, days apart. "
         "Only the repository's owner may do so, one at a time. When anything that snapshots name cannot be read, "
         "nothing is taken away.",
     .flags = kMaintainGroups,
     .examples = kMaintainExamples,
     .outcomes = kMaintainOutcomes,
     .run = run_repo_maintain},
};

constexpr Flag kSourceFlags[] = {
    {.name = "source",
     .value_name = "[USER@HOST:]PATH",
     .help = "Only snapshots of this source; @HOST or USER@HOST alone takes every path of it."}};
constexpr Flag kListedFlags[] = {
    kSourceFlags[0],
    {.name = "incomplete",
     .short_name = 'i',
     .kind = flag,
     .help = "Also show incomplete snapshots in a table, of runs that were cut off or are under way. The other forms "
             "always hold them."}};
constexpr FlagGroup kSnapshotListGroups[] = {
    {"Location", kLocationFlags}, {"Repository", kPasswordFlags}, {"Which", kListedFlags}, {"Output", kOutputFlags}};
constexpr Positional kEntryName[] = {
    {.name = "ID[/PATH]",
     .help = "A snapshot by its id or a beginning of it, or an object by its id, and a path below its root."}};
constexpr FlagGroup kCatGroups[] = {{"Location", kLocationFlags}, {"Repository", kPasswordFlags}};
constexpr Flag kLsFlags[] = {
    {.name = "recursive", .short_name = 'r', .kind = flag, .help = "Everything below it too."}};
constexpr FlagGroup kLsGroups[] = {
    {"Location", kLocationFlags}, {"Repository", kPasswordFlags}, {"What", kLsFlags}, {"Output", kOutputFlags}};

constexpr std::string_view kExistingChoices[] = {"overwrite", "skip", "refuse", "resume"};
constexpr std::string_view kFormatChoices[] = {"dir", "tar", "tgz", "zip"};
constexpr Flag kRestoreFlags[] = {
    {.name = "format",
     .kind = choice,
     .value_name = "FORMAT",
     .help =
         "What is written: a directory (dir) or an archive. Without it the end of TARGET decides (.tar, .tar.gz, .tgz, "
         ".zip), and standard output gets tar.",
     .choices = kFormatChoices},
    {.name = "existing",
     .kind = choice,
     .value_name = "POLICY",
     .help = "What to do about files that are there already: replace them, keep them, call them errors, or, to go on "
             "with a restore that was stopped, keep those with equal size, time and mode and replace the others.",
     .initial = "refuse",
     .choices = kExistingChoices},
    {.name = "skip-owners", .kind = flag, .help = "Do not set owners and groups; so it is when salvor is not root."},
    {.name = "map-uid",
     .kind = map,
     .value_name = "FROM=TO,...",
     .help = "Give what user FROM owned to user TO, by numbers; * is everybody who is not named."},
    {.name = "map-gid", .kind = map, .value_name = "FROM=TO,...", .help = "The same for groups."},
    {.name = "parallel", .kind = integer, .value_name = "N", .help = "Files written at a time.", .initial = "4"},
    kMemoryLimitFlag,
};
constexpr FlagGroup kSnapshotRestoreGroups[] = {{"Location", kLocationFlags},
                                                {"Repository", kPasswordFlags},
                                                {"Restore", kRestoreFlags},
                                                {"Output", kTimeoutFlags}};
constexpr Positional kRestoreNames[] = {
    kEntryName[0],
    {.name = "TARGET",
     .help = "The directory to restore into, made when it is missing; or the name of an archive, or - for "
             "standard output."}};

constexpr Example kListExamples[] = {
    {"List the snapshots of a repository", "salvor snapshot list --location /mnt/nas/kopia"}};
constexpr Example kLsExamples[] = {{"Show what a snapshot holds", "salvor snapshot ls 3f2a9c/etc --location nas"}};
constexpr Example kCatExamples[] = {
    {"Print one file of a snapshot", "salvor snapshot cat 3f2a9c/etc/hosts --location nas"}};
constexpr Example kRestoreExamples[] = {
    {"Restore a snapshot", "salvor snapshot restore 3f2a9c /srv/restored --location nas"},
    {"Only one directory of it", "salvor snapshot restore 3f2a9c/var/lib/app /srv/restored --location nas"},
    {"As an archive, somewhere else", "salvor snapshot restore 3f2a9c - --location nas | ssh host tar -x -C /srv"}};
constexpr Outcome kListOutcomes[] = {Outcome::some_items_failed, Outcome::not_found, Outcome::verification_failed};
constexpr Outcome kRestoreOutcomes[] = {Outcome::some_items_failed, Outcome::not_found, Outcome::verification_failed};

constexpr Positional kSnapshotPaths[] = {
    {.name = "PATH",
     .help = "The directory, file or block device to save; several become a snapshot each.",
     .arity = Arity::at_least_one}};
constexpr Flag kSnapshotFlags[] = {
    {.name = "compression",
     .value_name = "NAME",
     .help =
         "How contents of files are compressed, whatever policies say: zstd-fastest, zstd, s2-default, gzip, none and "
         "kopia's other names of these. Where neither says anything they are not."},
    {.name = "description", .value_name = "TEXT", .help = "What the snapshot says of itself."},
    {.name = "tags", .kind = map, .value_name = "K=V,...", .help = "Tags of the snapshot."},
    {.name = "parallel",
     .kind = integer,
     .value_name = "N",
     .help = "Threads; without it what the policy says, or as many as there are processors."},
    {.name = "checkpoint-interval",
     .kind = duration,
     .value_name = "DURATION",
     .help = "How often what is saved so far becomes an incomplete snapshot, from which the next run goes on when this "
             "one is cut off; 45m at most.",
     .initial = "45m"},
    {.name = "no-expire",
     .kind = flag,
     .help = "Keep the snapshots of the source that its policy no longer keeps. Without it they are removed, as stock "
             "kopia does after each snapshot."},
    kMemoryLimitFlag,
};
constexpr FlagGroup kSnapshotCreateGroups[] = {{"Location", kLocationFlags},
                                               {"Repository", kPasswordFlags},
                                               {"Snapshot", kSnapshotFlags},
                                               {"Identity", kIdentityFlags}};
constexpr Example kSnapshotExamples[] = {
    {"Save a directory", "salvor snapshot create /srv/data --location /mnt/nas/kopia --password-file ~/.kopia"}};
constexpr Outcome kSnapshotOutcomes[] = {Outcome::some_items_failed, Outcome::not_found, Outcome::verification_failed};

constexpr Flag kExpireFlags[] = {
    {.name = "confirm", .alias = "delete", .kind = flag, .help = "Remove what expired, without asking."},
    {.name = "dry-run",
     .kind = flag,
     .help = "Only show what is kept and why, and what goes; so it is without --confirm."},
};
constexpr std::string_view kConfirmOnly[] = {"confirm"};
constexpr std::string_view kDryRunOnly[] = {"dry-run"};
constexpr Conflict kExpireConflicts[] = {{kConfirmOnly, kDryRunOnly, "show what would go, or remove it"}};
constexpr Positional kExpireSources[] = {
    {.name = "SOURCE",
     .help = "Only snapshots of these: a PATH of ours, USER@HOST:PATH, USER@HOST or @HOST; without one all of them.",
     .arity = Arity::any}};
constexpr FlagGroup kExpireGroups[] = {{"Location", kLocationFlags},
                                       {"Repository", kPasswordFlags},
                                       {"Expiry", kExpireFlags},
                                       {"Identity", kIdentityFlags},
                                       {"Output", kOutputFlags}};
constexpr Example kExpireExamples[] = {
    {"See what policies would remove", "salvor snapshot expire --location /mnt/nas/kopia"},
    {"Remove it, of one directory", "salvor snapshot expire /srv/data --confirm --location /mnt/nas/kopia"}};
constexpr Flag kPolicyFlags[] = {{.name = "global", .kind = flag, .help = "The policy of everybody."}};
constexpr Positional kPolicySource[] = {
    {.name = "SOURCE", .help = "A PATH of ours, USER@HOST:PATH, USER@HOST or @HOST.", .arity = Arity::optional}};
constexpr FlagGroup kPolicyGroups[] = {{"Location", kLocationFlags},
                                       {"Repository", kPasswordFlags},
                                       {"Which", kPolicyFlags},
                                       {"Identity", kIdentityFlags},
                                       {"Output", kOutputFlags}};
constexpr Example kPolicyExamples[] = {
    {"See how a directory would be saved", "salvor snapshot policy /srv/data --location /mnt/nas/kopia"}};

constexpr Command kSnapshotTable[] = {
    {.group = "snapshot",
     .name = "create",
     .summary = "Save a directory",
     .description =
         "Saves directories into a Kopia repository, each as a snapshot. Files that are in the latest snapshot, or in "
         "a later incomplete one, with equal size, time, mode and owner are not read again. Policies and .kopiaignore "
         "files are obeyed as stock kopia does, but that no actions are run; snapshots of the directory that its "
         "policy does not keep are removed. What cannot be read is named, and the rest is saved (exit status 3). A run "
         "that is interrupted leaves an incomplete snapshot.",
     .positionals = kSnapshotPaths,
     .flags = kSnapshotCreateGroups,
     .examples = kSnapshotExamples,
     .outcomes = kSnapshotOutcomes,
     .run = run_snapshot_create},
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
         "Writes a snapshot, or a part of it, into a directory or an archive. A file is there whole or not at all. "
         "What "
         "is damaged is named, and the rest is restored (exit status 3). An archive appears under its name when it is "
         "whole; zip keeps whole seconds of times only.",
     .positionals = kRestoreNames,
     .flags = kSnapshotRestoreGroups,
     .examples = kRestoreExamples,
     .outcomes = kRestoreOutcomes,
     .run = run_snapshot_restore},
    snapshot_mount::kCommand,
    snapshot_verify::kCommand,
    snapshot_diff::kCommand,
    snapshot_find::kCommand,
    snapshot_delete::kCommand,
    snapshot_estimate::kCommand,
    {.group = "snapshot",
     .name = "expire",
     .summary = "Remove snapshots that no policy keeps",
     .description =
         "Shows for each snapshot why its policy keeps it (latest-1, daily-2, ...), and which ones it does not "
         "keep. With --confirm those are removed; one with a pin never is.",
     .positionals = kExpireSources,
     .flags = kExpireGroups,
     .conflicts = kExpireConflicts,
     .examples = kExpireExamples,
     .outcomes = kReadOutcomes,
     .run = run_snapshot_expire},
    {.group = "snapshot",
     .name = "policy",
     .summary = "Show the policy of a source",
     .description = "Shows what counts when a source is saved and when its snapshots expire, and which policy says so: "
                    "its own, that of a directory above, of its user, of its host, of everybody, or the default.",
     .positionals = kPolicySource,
     .flags = kPolicyGroups,
     .examples = kPolicyExamples,
     .outcomes = kReadOutcomes,
     .run = run_snapshot_policy},
};

}  // namespace

constinit const CommandGroup kRepoCommands = {"repo", "Look after Kopia repositories", kRepoTable};
constinit const CommandGroup kSnapshotCommands = {"snapshot", "Save directories as snapshots, and bring them back",
                                                  kSnapshotTable};

}  // namespace salvor::cli
