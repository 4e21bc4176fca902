// The table of `salvor etcd ...`.
#include "cli/commands.h"
#include "cli/etcd_commands.h"
#include "cli/flags.h"

namespace salvor::cli {

namespace {

constexpr Positional kSnapshotFile = {
    .name = "FILE",
    .help = "A file that `etcdctl snapshot save` wrote, or member/snap/db of a member that is stopped."};
constexpr Positional kOneFile[] = {kSnapshotFile};

constexpr Flag kRevisionFlag = {
    .name = "revision",
    .kind = integer,
    .value_name = "REVISION",
    .help = "The state at this revision, where the snapshot still has it; the latest without."};
constexpr Flag kSkipHashFlag = {
    .name = "skip-hash-check",
    .kind = flag,
    .help = "Take a file without the SHA-256 at its end: a database that was copied from a member."};

constexpr Flag kStateFlags[] = {kRevisionFlag};
constexpr Flag kVerifyFlags[] = {kSkipHashFlag};
constexpr FlagGroup kEtcdVerifyGroups[] = {{"Checks", kVerifyFlags}, {"Output", kOutputFlags}};
constexpr FlagGroup kEtcdStateGroups[] = {{"State", kStateFlags}, {"Output", kOutputFlags}};
constexpr FlagGroup kEtcdDiffGroups[] = {{"Output", kOutputFlags}};

constexpr Positional kListed[] = {
    kSnapshotFile,
    {.name = "SELECTION",
     .help = "RESOURCE[.GROUP] or RESOURCE[.GROUP]/NAMESPACE: the objects to list; without it the kinds are listed.",
     .arity = Arity::optional}};
constexpr Positional kSought[] = {kSnapshotFile,
                                  {.name = "TEXT", .help = "What NAMESPACE/NAME contains, or a pattern with * and ?."}};
constexpr Positional kCompared[] = {kSnapshotFile,
                                    {.name = "OTHER", .help = "The later snapshot."},
                                    {.name = "SELECTION",
                                     .help = "RESOURCE[.GROUP] or RESOURCE[.GROUP]/NAMESPACE; without it all objects.",
                                     .arity = Arity::optional}};
constexpr Positional kOneObject[] = {
    kSnapshotFile,
    {.name = "OBJECT", .help = "RESOURCE[.GROUP]/[NAMESPACE/]NAME: secrets/shop/db, or namespaces/shop."}};

constexpr Flag kFindFlags[] = {
    kRevisionFlag,
    {.name = "history",
     .kind = flag,
     .help = "Show every change that the snapshot still has, deletions too, in place of the state."}};
constexpr FlagGroup kEtcdFindGroups[] = {{"State", kFindFlags}, {"Output", kOutputFlags}};

constexpr std::string_view kEtcdObjectFormats[] = {"yaml", "json", "name"};
constexpr Flag kGetFlags[] = {
    kRevisionFlag,
    {.name = "encryption-config",
     .kind = path,
     .value_name = "FILE",
     .help =
         "The kube-apiserver's EncryptionConfiguration of that time, whose aescbc, aesgcm and secretbox keys open what "
         "it sealed. What a KMS plugin sealed cannot be opened."}};
constexpr Flag kGetFormatFlags[] = {{.name = "output",
                                     .short_name = 'o',
                                     .kind = choice,
                                     .value_name = "FORMAT",
                                     .help = "The form of the output.",
                                     .initial = "yaml",
                                     .choices = kEtcdObjectFormats}};
constexpr FlagGroup kEtcdGetGroups[] = {{"State", kGetFlags}, {"Output", kGetFormatFlags}};

constexpr Flag kRestoreFlags[] = {
    {.name = "data-dir",
     .kind = path,
     .value_name = "DIR",
     .help = "The new data directory: empty, or not there yet.",
     .required = true},
    {.name = "name", .value_name = "NAME", .help = "The name of this member.", .required = true},
    {.name = "initial-cluster",
     .kind = items,
     .value_name = "NAME=URL,...",
     .help = "Every member of the new cluster with its peer URLs.",
     .required = true},
    {.name = "initial-advertise-peer-urls",
     .kind = items,
     .value_name = "URL,...",
     .help = "The peer URLs of this member, as --initial-cluster has them.",
     .required = true},
    {.name = "initial-cluster-token",
     .value_name = "TOKEN",
     .help = "What tells this cluster from others with the same members. With another token than the old cluster's, "
             "members that survived it cannot join by mistake.",
     .initial = "etcd-cluster"},
    {.name = "bump-revision",
     .kind = integer,
     .value_name = "N",
     .help = "By how much revisions move on, so that no client that saw the lost ones takes older ones for news; 0 "
             "leaves them.",
     .initial = "1000000000"},
    {.name = "mark-compacted",
     .kind = optional_bool,
     .help = "Whether all revisions before the new one count as compacted, so that watches that would go on from them "
             "are refused and clients list anew. False only without a bump."},
    {.name = "keep-alarms",
     .kind = flag,
     .help = "Keep the alarms of the old members. NOSPACE among them refuses every write until it is disarmed."},
    kSkipHashFlag,
};
constexpr FlagGroup kEtcdRestoreGroups[] = {{"Member", kRestoreFlags}};

constexpr Example kEtcdVerifyExamples[] = {{"Check a snapshot before it is needed", "salvor etcd verify snapshot.db"}};
constexpr Example kEtcdShowExamples[] = {
    {"The numbers of a snapshot, for a script", "salvor etcd show snapshot.db -o json"}};
constexpr Example kEtcdLsExamples[] = {{"Which kinds there are", "salvor etcd ls snapshot.db"},
                                       {"The Secrets of a namespace", "salvor etcd ls snapshot.db secrets/shop"}};
constexpr Example kEtcdFindExamples[] = {
    {"What became of a Deployment", "salvor etcd find snapshot.db 'shop/web*' --history"}};
constexpr Example kEtcdStatExamples[] = {{"What makes the database large", "salvor etcd stat snapshot.db"}};
constexpr Example kEtcdGetExamples[] = {
    {"Bring one Secret back", "salvor etcd get snapshot.db secrets/shop/db | kubectl apply -f -"},
    {"One that the API server sealed",
     "salvor etcd get snapshot.db secrets/shop/db --encryption-config /etc/kubernetes/enc/enc.yaml"}};
constexpr Example kEtcdDiffExamples[] = {
    {"What a night changed", "salvor etcd diff monday.db tuesday.db deployments.apps"}};
constexpr Example kEtcdRestoreExamples[] = {
    {"The only member of a control plane",
     "salvor etcd restore snapshot.db --data-dir /var/lib/etcd --name node1 --initial-cluster "
     "node1=https://10.0.0.1:2380 --initial-advertise-peer-urls https://10.0.0.1:2380"}};

constexpr Outcome kEtcdOutcomes[] = {Outcome::not_found, Outcome::verification_failed};

constexpr Command kEtcdTable[] = {
    {.group = "etcd",
     .name = "verify",
     .summary = "Check that a snapshot is whole",
     .description =
         "Reads all of a snapshot: its SHA-256, the structure of the database, and the records that etcd reads "
         "when it starts. Any changed bit and any missing end is found.",
     .positionals = kOneFile,
     .flags = kEtcdVerifyGroups,
     .examples = kEtcdVerifyExamples,
     .outcomes = kEtcdOutcomes,
     .run = run_etcd_verify},
    {.group = "etcd",
     .name = "show",
     .summary = "Show the numbers and the members of a snapshot",
     .description =
         "Shows what `etcdutl snapshot status` and `etcdutl hashkv` tell, without changing the file, and which "
         "cluster it came from.",
     .positionals = kOneFile,
     .flags = kEtcdStateGroups,
     .examples = kEtcdShowExamples,
     .outcomes = kEtcdOutcomes,
     .run = run_etcd_show},
    {.group = "etcd",
     .name = "ls",
     .summary = "List the Kubernetes objects of a snapshot",
     .description = "Lists the kinds in a snapshot, or the objects of one kind, without a server.",
     .positionals = kListed,
     .flags = kEtcdStateGroups,
     .examples = kEtcdLsExamples,
     .outcomes = kEtcdOutcomes,
     .run = run_etcd_ls},
    {.group = "etcd",
     .name = "get",
     .summary = "Print one Kubernetes object of a snapshot",
     .description = "Prints one object as YAML, in the version in which it is stored. Built-in kinds are decoded from "
                    "protobuf, and values that the API server sealed are opened with its keys.",
     .positionals = kOneObject,
     .flags = kEtcdGetGroups,
     .examples = kEtcdGetExamples,
     .outcomes = kEtcdOutcomes,
     .run = run_etcd_get},
    {.group = "etcd",
     .name = "find",
     .summary = "Find Kubernetes objects of a snapshot by name",
     .description = "Finds objects of any kind by a part of their name, and with --history what happened to them.",
     .positionals = kSought,
     .flags = kEtcdFindGroups,
     .examples = kEtcdFindExamples,
     .outcomes = kEtcdOutcomes,
     .run = run_etcd_find},
    {.group = "etcd",
     .name = "diff",
     .summary = "Show how the objects of two snapshots differ",
     .description = "Shows which objects were added, removed, changed or made anew from one snapshot to the other.",
     .positionals = kCompared,
     .flags = kEtcdDiffGroups,
     .examples = kEtcdDiffExamples,
     .outcomes = kEtcdOutcomes,
     .run = run_etcd_diff},
    {.group = "etcd",
     .name = "stat",
     .summary = "Sum up the Kubernetes objects of a snapshot",
     .description = "Sums up objects, sizes and changes by kind and namespace.",
     .positionals = kOneFile,
     .flags = kEtcdStateGroups,
     .examples = kEtcdStatExamples,
     .outcomes = kEtcdOutcomes,
     .run = run_etcd_stat},
    {.group = "etcd",
     .name = "restore",
     .summary = "Make a member's data directory from a snapshot",
     .description =
         "Makes the data directory of a member of a new cluster, without etcd or etcdutl. For several members "
         "it is run once for each, with the same file, members and token. A directory in use is refused.",
     .positionals = kOneFile,
     .flags = kEtcdRestoreGroups,
     .examples = kEtcdRestoreExamples,
     .outcomes = kEtcdOutcomes,
     .run = run_etcd_restore},
};

}  // namespace

constinit const CommandGroup kEtcdCommands = {"etcd", "Look into etcd's snapshots, and bring them back", kEtcdTable};

}  // namespace salvor::cli
