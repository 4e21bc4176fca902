// `salvor location check`: its entry in the table, and its body.
#pragma once

#include "cli/command.h"
#include "cli/flags.h"
#include "cli/invocation.h"

namespace salvor::cli {

Result<Outcome> run_location_check(const Invocation& invocation);

namespace location_check {

inline constexpr Flag kMeasureFlags[] = {
    {.name = "size",
     .kind = integer,
     .value_name = "MIB",
     .help = "How many MiB are written and read to measure throughput; 0 for none.",
     .initial = "64"},
    {.name = "samples",
     .kind = integer,
     .value_name = "N",
     .help = "How often each kind of request is made to measure latency.",
     .initial = "20"},
};
inline constexpr std::string_view kFormats[] = {"table", "json", "yaml"};
inline constexpr Flag kFormatFlags[] = {{.name = "output",
                                         .short_name = 'o',
                                         .kind = choice,
                                         .value_name = "FORMAT",
                                         .help = "The form of the output.",
                                         .initial = "table",
                                         .choices = kFormats}};
inline constexpr FlagGroup kGroups[] = {{"Measuring", kMeasureFlags}, {"Output", kFormatFlags}};
inline constexpr Positional kLocation[] = {
    {.name = "LOCATION", .help = "A directory, a file:// or s3:// URL, or the name of a configured location."}};
inline constexpr Example kExamples[] = {
    {"Try out a directory on the NAS", "salvor location check /mnt/nas/backups"},
    {"Only what it promises, for a script", "salvor location check nas --size 0 --samples 0 -o json"},
};
inline constexpr Outcome kOutcomes[] = {Outcome::verification_failed};

inline constexpr Command kCommand = {
    .group = "location",
    .name = "check",
    .summary = "Try out and measure a location",
    .description =
        "Writes, lists, reads and removes objects as backups do, in every way that salvor relies on: whole "
        "objects or none, ranges, order of lists, one winner among several writers. Measures latency and "
        "throughput, and tells what the location offers and what these credentials can do that writing "
        "backups does not need. Everything happens below plugins/salvor-check-... and is removed again. "
        "Status 5 says that the location is not fit for backups.",
    .positionals = kLocation,
    .flags = kGroups,
    .examples = kExamples,
    .outcomes = kOutcomes,
    .run = run_location_check,
};

}  // namespace location_check

}  // namespace salvor::cli
