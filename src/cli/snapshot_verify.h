// `salvor snapshot verify` and `salvor repo verify`: their entries in the table, and their bodies.
#pragma once

#include "cli/command.h"
#include "cli/flags_repository.h"
#include "cli/invocation.h"

namespace salvor::cli {

Result<Outcome> run_snapshot_verify(const Invocation& invocation);
Result<Outcome> run_repo_verify(const Invocation& invocation);

namespace snapshot_verify {

inline constexpr Flag kDepthFlags[] = {
    {.name = "full", .kind = flag, .help = "Read everything, open it and hash it again."},
    {.name = "share",
     .kind = integer,
     .value_name = "PERCENT",
     .help = "Read about this share of all bytes: one slice of the packs, the next one on the next day, so that daily "
             "runs read everything in the course of 100/PERCENT days.",
     .initial = "0"},
    {.name = "run",
     .kind = integer,
     .value_name = "K",
     .help =
         "Read slice K, counted on from 0 and round, instead of the slice of the day: for runs that are not daily."},
    {.name = "parallel", .kind = integer, .value_name = "N", .help = "Requests at a time.", .initial = "4"},
};
inline constexpr FlagGroup kGroups[] = {{"Location", kLocationFlags},
                                        {"Repository", kPasswordFlags},
                                        {"What to read", kDepthFlags},
                                        {"Output", kOutputFlags}};
inline constexpr std::string_view kFull[] = {"full"};
inline constexpr std::string_view kParts[] = {"share", "run"};
inline constexpr Conflict kConflicts[] = {{kFull, kParts, "--full reads everything"}};
inline constexpr Positional kNames[] = {
    {.name = "ID[/PATH]",
     .help = "A snapshot by its id or a beginning of it, or a part of one; without any all snapshots are verified.",
     .arity = Arity::any}};
inline constexpr Example kExamples[] = {
    {"That everything is there, which reads directories only", "salvor snapshot verify --location nas"},
    {"And a tenth of the bytes, another one every day", "salvor snapshot verify --share 10 --location nas"},
    {"Read one snapshot whole", "salvor snapshot verify 3f2a9c --full --location nas"}};
inline constexpr Outcome kOutcomes[] = {Outcome::not_found, Outcome::verification_failed};

inline constexpr Command kCommand = {
    .group = "snapshot",
    .name = "verify",
    .summary = "Verify that snapshots can be restored",
    .description =
        "Looks whether all that snapshots need is in the repository: every content is in an index and its pack is "
        "there "
        "and long enough. With --share or --full contents are read, decrypted and hashed again as well. What is "
        "damaged "
        "is named by snapshot and path, every path that needs it (exit status 5).",
    .positionals = kNames,
    .flags = kGroups,
    .conflicts = kConflicts,
    .examples = kExamples,
    .outcomes = kOutcomes,
    .run = run_snapshot_verify,
};

}  // namespace snapshot_verify

namespace repo_verify {

inline constexpr Example kExamples[] = {
    {"Read a whole repository", "salvor repo verify --full --location /mnt/nas/kopia --password-file ~/.kopia"}};
inline constexpr Outcome kOutcomes[] = {Outcome::verification_failed};

inline constexpr Command kCommand = {
    .group = "repo",
    .name = "verify",
    .summary = "Verify all that a Kopia repository holds",
    .description =
        "Verifies all snapshots as `snapshot verify` does, and the contents that no snapshot needs as well: manifests, "
        "and what maintenance has not removed yet.",
    .flags = snapshot_verify::kGroups,
    .conflicts = snapshot_verify::kConflicts,
    .examples = kExamples,
    .outcomes = kOutcomes,
    .run = run_repo_verify,
};

}  // namespace repo_verify

}  // namespace salvor::cli
