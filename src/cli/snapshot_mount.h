// `salvor snapshot mount`: its entry in the table, and its body.
#pragma once

#include "cli/command.h"
#include "cli/flags_repository.h"
#include "cli/invocation.h"
#include "cli/memory_limit.h"

namespace salvor::cli {

Result<Outcome> run_snapshot_mount(const Invocation& invocation);

namespace snapshot_mount {

inline constexpr Flag kFlags[] = {
    {.name = "allow-other",
     .kind = flag,
     .help = "Other users may look into it too; who is not root needs user_allow_other in /etc/fuse.conf for that."},
    {.name = "parallel", .kind = integer, .value_name = "N", .help = "Requests answered at a time.", .initial = "4"},
    kMemoryLimitFlag,
};
inline constexpr FlagGroup kGroups[] = {
    {"Location", kLocationFlags}, {"Repository", kPasswordFlags}, {"Mount", kFlags}};
inline constexpr Positional kNames[] = {
    {.name = "ID[/PATH]",
     .help = "The snapshot, or a directory in it; without it all snapshots that there are now, as "
             "USER@HOST/PATH/TIME.",
     .arity = Arity::optional},
    {.name = "MOUNTPOINT", .help = "An empty directory, where it is shown."}};
inline constexpr Example kExamples[] = {
    {"Look through all snapshots", "salvor snapshot mount /mnt/snapshots --location /mnt/nas/kopia"},
    {"Look into one of them", "salvor snapshot mount 3f2a9c /mnt/snapshots --location nas"}};
inline constexpr Outcome kOutcomes[] = {Outcome::some_items_failed, Outcome::not_found, Outcome::verification_failed};

inline constexpr Command kCommand = {
    .group = "snapshot",
    .name = "mount",
    .summary = "Show snapshots as a directory",
    .description =
        "Shows snapshots as a directory that can be looked through and copied from, until Ctrl-C or `fusermount3 -u "
        "MOUNTPOINT`. Nothing is fetched that nobody reads, and nothing can be changed. Modes and owners are shown and "
        "not enforced: who may look into it may read everything. What is damaged is named; reading it fails, the rest "
        "can "
        "be read (exit status 3 at the end). Needs FUSE: /dev/fuse and libfuse3.",
    .positionals = kNames,
    .flags = kGroups,
    .examples = kExamples,
    .outcomes = kOutcomes,
    .run = run_snapshot_mount,
};

}  // namespace snapshot_mount

}  // namespace salvor::cli
