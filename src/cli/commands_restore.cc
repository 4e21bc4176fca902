// The table of `salvor restore ...`.
//
// `plan` and `create` take the same flags, so that a plan that was read is created by changing one word.
#include "cli/bodies.h"
#include "cli/commands.h"
#include "cli/flags.h"

namespace salvor::cli {

namespace {

constexpr std::string_view kPolicies[] = {"none", "update"};

constexpr Flag kSourceFlags[] = {
    {.name = "from-backup", .value_name = "BACKUP", .help = "The backup to restore from."},
    {.name = "from-schedule",
     .value_name = "SCHEDULE",
     .help = "Restore from the newest completed backup of this schedule."},
    {.name = "allow-partially-failed",
     .kind = optional_bool,
     .help = "With --from-schedule: a backup that is missing some items may be the newest, too."},
    {.name = "from-file",
     .kind = path,
     .value_name = "FILE",
     .help = "Take the specification from a velero.io/v1 Restore in YAML or JSON; - reads standard input. Flags given "
             "beside it replace its fields."},
};

constexpr Flag kHowFlags[] = {
    {.name = "namespace-mappings",
     .kind = colons,
     .value_name = "OLD:NEW,...",
     .help = "Restore the objects of one namespace into another."},
    {.name = "existing-resource-policy",
     .kind = choice,
     .value_name = "POLICY",
     .help = "What to do with an object that exists and differs: leave it (none) or bring it to the backup's state "
             "(update).",
     .choices = kPolicies},
    {.name = "preserve-nodeports",
     .kind = optional_bool,
     .help = "Keep the node ports of Services instead of letting the cluster choose new ones."},
    {.name = "status-include-resources",
     .kind = list,
     .value_name = "RESOURCES",
     .help = "Resources whose status is restored, too; '*' for all."},
    {.name = "status-exclude-resources",
     .kind = list,
     .value_name = "RESOURCES",
     .help = "Resources whose status is not restored."},
    {.name = "resource-modifier-configmap",
     .value_name = "NAME",
     .help = "The ConfigMap with velero's resource modifiers."},
    {.name = "resource-policies-configmap",
     .value_name = "NAME",
     .help = "Velero's filter policies for restores. Not supported, and refused.",
     .refused = "filter policies are not supported; a restore without them would bring back more than was asked for"},
    {.name = "resource-modifier-file", .kind = path, .value_name = "FILE", .help = "The same rules from a file."},
};

constexpr Flag kVolumeFlags[] = {
    {.name = "restore-volumes", .kind = optional_bool, .help = "Restore volumes from snapshots."},
    {.name = "write-sparse-files", .kind = optional_bool, .help = "Write files with holes where the data is zero."},
    {.name = "parallel-files-download",
     .kind = integer,
     .value_name = "N",
     .help = "How many files of a volume to fetch at a time; 0 lets the machine decide.",
     .initial = "0"},
    {.name = "item-operation-timeout",
     .kind = duration,
     .value_name = "DURATION",
     .help = "How long to wait for operations that go on after an object was restored.",
     .initial = "4h"},
};

constexpr Flag kCreateFlags[] = {
    {.name = "wait",
     .short_name = 'w',
     .kind = flag,
     .help = "Accepted because velero has it: salvor does the work itself and always waits."},
    {.name = "output",
     .short_name = 'o',
     .kind = choice,
     .value_name = "FORMAT",
     .help = "Print the Restore that would be made, and make nothing.",
     .choices = kManifestFormats},
};

constexpr Flag kPlanFlags[] = {
    kOutputFlag,
    kNoHeadersFlag,
    {.name = "details", .kind = flag, .help = "Show every object, and every field that differs."},
};

constexpr FlagGroup kCreateGroups[] = {{"Source", kSourceFlags},       {"Location", kLocationFlags},
                                       {"Selection", kSelectionFlags}, {"Changes on the way", kHowFlags},
                                       {"Volumes", kVolumeFlags},      {"Metadata", kMetadataFlags},
                                       {"This restore", kCreateFlags}, kIgnoredGroup};
constexpr FlagGroup kPlanGroups[] = {{"Source", kSourceFlags},       {"Location", kLocationFlags},
                                     {"Selection", kSelectionFlags}, {"Changes on the way", kHowFlags},
                                     {"Volumes", kVolumeFlags},      {"Metadata", kMetadataFlags},
                                     {"Output", kPlanFlags}};

constexpr std::string_view kFromBackup[] = {"from-backup"};
constexpr std::string_view kFromSchedule[] = {"from-schedule"};
constexpr std::string_view kSources[] = {"from-backup", "from-schedule", "from-file"};
constexpr std::string_view kModifierConfigMap[] = {"resource-modifier-configmap"};
constexpr std::string_view kModifierFile[] = {"resource-modifier-file"};

constexpr Conflict kConflicts[] = {
    {kFromBackup, kFromSchedule, "a restore has one source"},
    {kSelector, kOrSelector, "one selector or several, not both"},
    {kModifierConfigMap, kModifierFile, "the rules come from one place"},
};

constexpr Positional kNewName[] = {
    {.name = "NAME", .help = "The name of the restore; BACKUP-TIME when it is left out.", .arity = Arity::optional}};
constexpr Positional kOneName[] = {{.name = "NAME", .help = "The restore."}};
constexpr Positional kSomeNames[] = {
    {.name = "NAME", .help = "Restores; all when none is named.", .arity = Arity::any}};

constexpr Outcome kCreateOutcomes[] = {Outcome::some_items_failed, Outcome::not_found, Outcome::verification_failed};
constexpr Outcome kPlanOutcomes[] = {Outcome::not_found, Outcome::verification_failed};
constexpr Outcome kReadOutcomes[] = {Outcome::not_found};

constexpr Example kPlanExamples[] = {
    {"See what a restore would do", "salvor restore plan --from-backup nightly --location /mnt/nas/backups"},
    {"See it for one namespace, field by field",
     "salvor restore plan --from-backup nightly --include-namespaces shop --details --location /mnt/nas/backups"},
};
constexpr Example kCreateExamples[] = {
    {"Restore one namespace",
     "salvor restore create --from-backup nightly --include-namespaces shop --location /mnt/nas/backups"},
    {"Restore it beside the living one",
     "salvor restore create --from-backup nightly --include-namespaces shop --namespace-mappings shop:shop-old "
     "--location /mnt/nas/backups"},
    {"Bring what exists back to the backup's state",
     "salvor restore create --from-backup nightly --existing-resource-policy update --location /mnt/nas/backups"},
};
constexpr FlagGroup kGetGroups[] = {{"Location", kLocationFlags}, {"Output", kListFlags}};
constexpr Example kGetExamples[] = {{"List restores", "salvor restore get --location /mnt/nas/backups"}};
constexpr FlagGroup kDescribeGroups[] = {{"Location", kLocationFlags}, {"Output", kDescribeFlags}};
constexpr Example kDescribeExamples[] = {
    {"Tell everything about a restore", "salvor restore describe nightly-20261123063448 --location /mnt/nas/backups"}};
constexpr FlagGroup kLogsGroups[] = {{"Location", kLocationFlags}, {"Output", kTimeoutFlags}};
constexpr Example kLogsExamples[] = {
    {"Read how a restore went", "salvor restore logs nightly-20261123063448 --location /mnt/nas/backups"}};

constexpr std::string_view kCreateCalled[] = {"create restore"};
constexpr std::string_view kGetCalled[] = {"get restores", "get restore"};
constexpr std::string_view kDescribeCalled[] = {"describe restores", "describe restore"};

constexpr Command kCommands[] = {
    {.group = "restore",
     .name = "plan",
     .summary = "Show what a restore would do",
     .description = "Compares a backup with the cluster and shows what a restore would create, leave, update or skip, "
                    "and why. Nothing is written. `restore create` with the same flags does exactly this.",
     .positionals = kNewName,
     .flags = kPlanGroups,
     .conflicts = kConflicts,
     .needs_one_of = kSources,
     .examples = kPlanExamples,
     .outcomes = kPlanOutcomes,
     .run = run_restore_plan},
    {.group = "restore",
     .name = "create",
     .summary = "Bring objects of a backup back",
     .description = "Creates the objects of a backup that the cluster does not have, in an order in which each finds "
                    "what it needs. Objects that exist are left as they are unless --existing-resource-policy says "
                    "otherwise. After an interruption the same command goes on.",
     .positionals = kNewName,
     .flags = kCreateGroups,
     .conflicts = kConflicts,
     .needs_one_of = kSources,
     .examples = kCreateExamples,
     .outcomes = kCreateOutcomes,
     .also_called = kCreateCalled,
     .run = run_restore_create},
    {.group = "restore",
     .name = "get",
     .summary = "List restores",
     .description = "Lists the restores whose results a location keeps, or those that are named.",
     .positionals = kSomeNames,
     .flags = kGetGroups,
     .examples = kGetExamples,
     .outcomes = kReadOutcomes,
     .also_called = kGetCalled,
     .run = run_restore_get},
    {.group = "restore",
     .name = "describe",
     .summary = "Tell about a restore",
     .description = "Tells what a restore was asked to do, what it did, and which errors and warnings it met.",
     .positionals = kSomeNames,
     .flags = kDescribeGroups,
     .examples = kDescribeExamples,
     .outcomes = kReadOutcomes,
     .also_called = kDescribeCalled,
     .run = run_restore_describe},
    {.group = "restore",
     .name = "logs",
     .summary = "Print the log of a restore",
     .description = "Prints the log that was kept while the restore ran.",
     .positionals = kOneName,
     .flags = kLogsGroups,
     .examples = kLogsExamples,
     .outcomes = kReadOutcomes,
     .run = run_restore_logs},
};

}  // namespace

constinit const CommandGroup kRestoreCommands = {"restore", "Plan a restore, do it, and look at past ones", kCommands};

}  // namespace salvor::cli
