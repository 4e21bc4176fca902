// The table of `salvor backup ...`.
#include "cli/bodies.h"
#include "cli/commands.h"
#include "cli/flags.h"

namespace salvor::cli {

namespace {

constexpr std::string_view kOldFilters[] = {"include-resources", "exclude-resources", "include-cluster-resources"};
constexpr std::string_view kNewFilters[] = {"include-cluster-scoped-resources", "exclude-cluster-scoped-resources",
                                            "include-namespace-scoped-resources", "exclude-namespace-scoped-resources"};

constexpr Flag kScopedFlags[] = {
    {.name = "include-cluster-scoped-resources",
     .kind = list,
     .value_name = "RESOURCES",
     .help = "Cluster-scoped resources to take, as resource.group; '*' takes all."},
    {.name = "exclude-cluster-scoped-resources",
     .kind = list,
     .value_name = "RESOURCES",
     .help = "Cluster-scoped resources to leave out; '*' leaves out all."},
    {.name = "include-namespace-scoped-resources",
     .kind = list,
     .value_name = "RESOURCES",
     .help = "Namespaced resources to take, as resource.group; '*' takes all."},
    {.name = "exclude-namespace-scoped-resources",
     .kind = list,
     .value_name = "RESOURCES",
     .help = "Namespaced resources to leave out; '*' leaves out all."},
    {.name = "ordered-resources",
     .value_name = "ORDER",
     .help =
         "Objects to save first, in this order, as 'KIND=NS/NAME,NS/NAME;KIND=...'; cluster-scoped objects by their "
         "name alone. For example 'pods=web/db-0,web/db-1;nodes=n1,n2'."},
    {.name = "resource-policies-configmap",
     .value_name = "NAME",
     .help = "The ConfigMap with velero's resource policies for volumes."},
};

constexpr Flag kVolumeFlags[] = {
    {.name = "snapshot-volumes", .kind = optional_bool, .help = "Take snapshots of PersistentVolumes."},
    {.name = "snapshot-move-data", .kind = optional_bool, .help = "Move the data of snapshots into the location."},
    {.name = "default-volumes-to-fs-backup",
     .kind = optional_bool,
     .help = "Save the files of every pod volume unless an annotation says otherwise."},
    {.name = "data-mover", .value_name = "NAME", .help = "The data mover for snapshot data; velero's own when empty."},
    {.name = "volume-snapshot-locations",
     .kind = list,
     .value_name = "LOCATIONS",
     .help = "Volume snapshot locations, at most one for each provider."},
    {.name = "csi-snapshot-timeout",
     .kind = duration,
     .value_name = "DURATION",
     .help = "How long to wait for a CSI snapshot to be made.",
     .initial = "10m"},
    {.name = "item-operation-timeout",
     .kind = duration,
     .value_name = "DURATION",
     .help = "How long to wait for operations that go on after an object was saved.",
     .initial = "4h"},
    {.name = "parallel-files-upload",
     .kind = integer,
     .value_name = "N",
     .help = "How many files of a volume to send at a time; 0 lets the machine decide.",
     .initial = "0"},
};

constexpr Flag kKeepingFlags[] = {
    {.name = "ttl",
     .kind = duration,
     .value_name = "DURATION",
     .help = "How long to keep the backup, e.g. 720h. 0s keeps it as long as the default says.",
     .initial = "0s"},
    {.name = "from-schedule",
     .value_name = "SCHEDULE",
     .help = "Take the specification from a Schedule in the cluster; the name of the backup may then be left out."},
    {.name = "from-file",
     .kind = path,
     .value_name = "FILE",
     .help = "Take the specification from a velero.io/v1 Backup in YAML or JSON; - reads standard input. Flags given "
             "beside it replace its fields."},
    {.name = "wait",
     .short_name = 'w',
     .kind = flag,
     .help = "Accepted because velero has it: salvor does the work itself and always waits."},
    {.name = "output",
     .short_name = 'o',
     .kind = choice,
     .value_name = "FORMAT",
     .help = "Print the Backup that would be made, and make nothing.",
     .choices = kManifestFormats},
};

constexpr FlagGroup kCreateGroups[] = {{"Location", kLocationFlags},
                                       {"Selection", kSelectionFlags},
                                       {"Selection by scope", kScopedFlags},
                                       {"Volumes", kVolumeFlags},
                                       {"Metadata", kMetadataFlags},
                                       {"This backup", kKeepingFlags},
                                       kIgnoredGroup};

constexpr std::string_view kFromSchedule[] = {"from-schedule"};
constexpr std::string_view kNameGivenElsewhere[] = {"from-schedule", "from-file"};

constexpr Conflict kCreateConflicts[] = {
    {kSelector, kOrSelector, "one selector or several, not both"},
    {kOldFilters, kNewFilters, "the filters by scope replace the older ones and do not mix with them"},
    {kFromSchedule, kFromFile, "a backup has one specification"},
};

constexpr Positional kCreateName[] = {
    {.name = "NAME", .help = "The name of the new backup.", .unless = kNameGivenElsewhere}};
constexpr Positional kOneName[] = {{.name = "NAME", .help = "The backup."}};
constexpr Positional kSomeNames[] = {{.name = "NAME", .help = "Backups; all when none is named.", .arity = Arity::any}};
constexpr std::string_view kAll[] = {"all", "selector"};
constexpr Positional kDeleteNames[] = {{.name = "NAME", .help = "The backup to delete.", .unless = kAll},
                                       {.name = "NAME", .help = "More backups to delete.", .arity = Arity::any}};

constexpr Example kCreateExamples[] = {
    {"Save every object of the cluster into a directory", "salvor backup create nightly --location /mnt/nas/backups"},
    {"Save two namespaces without their events",
     "salvor backup create shop --include-namespaces shop,shop-db --exclude-resources events --location "
     "/mnt/nas/backups"},
    {"Save what carries one of two labels",
     "salvor backup create apps --or-selector 'app=web or app=db' --location s3://backups/home"},
    {"Print the Backup without making it",
     "salvor backup create shop --include-namespaces shop --location /mnt/nas/backups -o yaml"},
};

constexpr Outcome kCreateOutcomes[] = {Outcome::some_items_failed};
constexpr Outcome kReadOutcomes[] = {Outcome::not_found};
constexpr Outcome kVerifyOutcomes[] = {Outcome::not_found, Outcome::verification_failed};

constexpr FlagGroup kGetGroups[] = {{"Location", kLocationFlags}, {"Output", kListFlags}};
constexpr Example kGetExamples[] = {
    {"List the backups in a directory", "salvor backup get --location /mnt/nas/backups"},
    {"Only the names", "salvor backup get --location /mnt/nas/backups -o name"},
};

constexpr FlagGroup kDescribeGroups[] = {{"Location", kLocationFlags}, {"Output", kDescribeFlags}};
constexpr Example kDescribeExamples[] = {
    {"Tell everything about a backup", "salvor backup describe nightly --details --location /mnt/nas/backups"}};

constexpr FlagGroup kLogsGroups[] = {{"Location", kLocationFlags}, {"Output", kTimeoutFlags}};
constexpr Example kLogsExamples[] = {
    {"Read how a backup went", "salvor backup logs nightly --location /mnt/nas/backups"}};

constexpr Flag kDownloadFlags[] = {
    {.name = "output",
     .short_name = 'o',
     .kind = path,
     .value_name = "FILE",
     .help = "The file to write; NAME-data.tar.gz in the current directory when the flag is absent, standard output "
             "for -."},
    {.name = "force", .kind = flag, .help = "Replace the file if it exists."},
    kTimeoutFlag,
};
constexpr FlagGroup kDownloadGroups[] = {{"Location", kLocationFlags}, {"Output", kDownloadFlags}};
constexpr Example kDownloadExamples[] = {
    {"Fetch the archive of manifests", "salvor backup download nightly --location s3://backups/home"}};

constexpr FlagGroup kVerifyGroups[] = {{"Location", kLocationFlags}, {"Output", kOutputFlags}};
constexpr Example kVerifyExamples[] = {
    {"Read a backup back and check every byte", "salvor backup verify nightly --location /mnt/nas/backups"}};

constexpr Flag kDeleteFlags[] = {
    {.name = "confirm", .alias = "yes", .short_name = 'y', .kind = flag, .help = "Delete without asking."},
    {.name = "all", .kind = flag, .help = "Delete every backup in the location."},
    {.name = "selector", .short_name = 'l', .value_name = "SELECTOR", .help = "Delete those whose labels match."},
};
constexpr std::string_view kAllOnly[] = {"all"};
constexpr Conflict kDeleteConflicts[] = {{kAllOnly, kSelector, "delete all, or those that match, not both"}};
constexpr FlagGroup kDeleteGroups[] = {{"Location", kLocationFlags}, {"Deletion", kDeleteFlags}};
constexpr Example kDeleteExamples[] = {
    {"Delete one backup, asking first", "salvor backup delete nightly --location /mnt/nas/backups"},
    {"Delete in a script", "salvor backup delete nightly --confirm --location /mnt/nas/backups"},
};

constexpr Positional kUndeleteNames[] = {{.name = "NAME", .help = "The backup to bring back.", .unless = kAllOnly},
                                         {.name = "NAME", .help = "More backups to bring back.", .arity = Arity::any}};
constexpr Flag kUndeleteFlags[] = {
    {.name = "all", .kind = flag, .help = "Bring back every backup that was deleted and can be."},
    {.name = "dry-run", .kind = flag, .help = "Only list what can be brought back."},
};
constexpr FlagGroup kUndeleteGroups[] = {
    {"Location", kLocationFlags}, {"What", kUndeleteFlags}, {"Output", kOutputFlags}};
constexpr Example kUndeleteExamples[] = {
    {"List the deleted backups that a bucket still holds", "salvor backup undelete --all --dry-run --location offsite"},
    {"Bring one back, and read all of it",
     "salvor backup undelete nightly --location offsite && salvor backup verify nightly --location offsite"},
};

constexpr Flag kCopyFlags[] = {
    {.name = "to",
     .value_name = "LOC",
     .help = "The location to copy to: a directory, a file:// or s3:// URL, or the name of a configured location.",
     .required = true},
    {.name = "reread",
     .kind = flag,
     .help = "When the backup is there already, read both and compare every byte, instead of names and sizes."},
};
constexpr FlagGroup kCopyGroups[] = {{"Location", kLocationFlags}, {"Copy", kCopyFlags}, {"Output", kOutputFlags}};
constexpr Example kCopyExamples[] = {
    {"Copy a backup from the NAS to a bucket", "salvor backup copy nightly --location nas --to offsite"}};
constexpr Outcome kCopyOutcomes[] = {Outcome::some_items_failed, Outcome::not_found, Outcome::verification_failed};

constexpr std::string_view kCreateCalled[] = {"create backup"};
constexpr std::string_view kGetCalled[] = {"get backups", "get backup"};
constexpr std::string_view kDescribeCalled[] = {"describe backups", "describe backup"};
constexpr std::string_view kDeleteCalled[] = {"delete backup", "delete backups"};

constexpr Command kCommands[] = {
    {.group = "backup",
     .name = "create",
     .summary = "Save the objects of a cluster",
     .description = "Saves the objects of a cluster into a location, in velero's layout, and reads the result back "
                    "before it is listed. The selection flags mean what they mean to velero. Resources that the "
                    "cluster refuses to list are named, and the rest is saved (exit status 3).",
     .positionals = kCreateName,
     .flags = kCreateGroups,
     .conflicts = kCreateConflicts,
     .examples = kCreateExamples,
     .outcomes = kCreateOutcomes,
     .also_called = kCreateCalled,
     .run = run_backup_create},
    {.group = "backup",
     .name = "get",
     .summary = "List backups",
     .description = "Lists the backups of a location with their state, or those that are named.",
     .positionals = kSomeNames,
     .flags = kGetGroups,
     .examples = kGetExamples,
     .outcomes = kReadOutcomes,
     .also_called = kGetCalled,
     .run = run_backup_get},
    {.group = "backup",
     .name = "describe",
     .summary = "Tell about a backup",
     .description = "Tells what a backup was asked to hold, what it holds, and which errors and warnings it met.",
     .positionals = kSomeNames,
     .flags = kDescribeGroups,
     .examples = kDescribeExamples,
     .outcomes = kReadOutcomes,
     .also_called = kDescribeCalled,
     .run = run_backup_describe},
    {.group = "backup",
     .name = "logs",
     .summary = "Print the log of a backup",
     .description = "Prints the log that was kept while the backup was made.",
     .positionals = kOneName,
     .flags = kLogsGroups,
     .examples = kLogsExamples,
     .outcomes = kReadOutcomes,
     .run = run_backup_logs},
    {.group = "backup",
     .name = "download",
     .summary = "Copy a backup's archive to a file",
     .description = "Copies the archive of manifests, a gzip-compressed tar file, out of the location.",
     .positionals = kOneName,
     .flags = kDownloadGroups,
     .examples = kDownloadExamples,
     .outcomes = kReadOutcomes,
     .run = run_backup_download},
    {.group = "backup",
     .name = "verify",
     .summary = "Read a backup back and check it",
     .description = "Reads every byte of a backup, compares hashes, and checks that every object parses and is listed. "
                    "What cannot be read or does not match is named (exit status 5).",
     .positionals = kOneName,
     .flags = kVerifyGroups,
     .examples = kVerifyExamples,
     .outcomes = kVerifyOutcomes,
     .run = run_backup_verify},
    {.group = "backup",
     .name = "copy",
     .summary = "Copy a backup to another location",
     .description = "Copies a whole backup, reads it back at the far end, verifies it there, and only then lets it be "
                    "listed. What an interrupted run has copied is not copied again. A damaged backup is not copied. "
                    "Volume data under kopia/ stays where it is; backups that have some are named (exit status 3).",
     .positionals = kOneName,
     .flags = kCopyGroups,
     .examples = kCopyExamples,
     .outcomes = kCopyOutcomes,
     .run = run_backup_copy},
    {.group = "backup",
     .name = "delete",
     .summary = "Delete backups",
     .description = "Deletes backups and all their files from a location. Asks first on a terminal; elsewhere "
                    "--confirm is needed.",
     .positionals = kDeleteNames,
     .flags = kDeleteGroups,
     .conflicts = kDeleteConflicts,
     .examples = kDeleteExamples,
     .outcomes = kReadOutcomes,
     .also_called = kDeleteCalled,
     .run = run_backup_delete},
    {.group = "backup",
     .name = "undelete",
     .summary = "Bring back deleted backups",
     .description =
         "Brings back backups that were deleted from a bucket with versioning, whoever deleted them: the old "
         "versions of their files become visible again, velero-backup.json last. A backup that is listed and "
         "lacks files gets back those deleted since it was made. What was overwritten is not touched: "
         "`salvor backup verify` tells whether all is whole.",
     .positionals = kUndeleteNames,
     .flags = kUndeleteGroups,
     .examples = kUndeleteExamples,
     .outcomes = kReadOutcomes,
     .run = run_backup_undelete},
};

}  // namespace

constinit const CommandGroup kBackupCommands = {"backup", "Save a cluster's objects, and look at what was saved",
                                                kCommands};

}  // namespace salvor::cli
