// `salvor snapshot estimate`: its entry in the table, and its body.
#pragma once

#include <array>

#include "cli/command.h"
#include "cli/flags_repository.h"
#include "cli/invocation.h"

namespace salvor::cli {

Result<Outcome> run_snapshot_estimate(const Invocation& invocation);

namespace snapshot_estimate {

// As of every command, but that it may be left out.
inline constexpr auto kLocation = [] {
  auto flags = std::to_array(kLocationFlags);
  flags[0].required = false;
  flags[0].help = "Where the repository is whose policies count; without it the defaults do.";
  return flags;
}();
inline constexpr FlagGroup kGroups[] = {
    {"Location", kLocation}, {"Repository", kPasswordFlags}, {"Identity", kIdentityFlags}, {"Output", kOutputFlags}};
inline constexpr Positional kNames[] = {{.name = "PATH", .help = "The directory that would be saved."}};
inline constexpr Example kExamples[] = {
    {"How much is it?", "salvor snapshot estimate /srv/data"},
    {"And by the policies of a repository?", "salvor snapshot estimate /srv/data --location nas"}};
inline constexpr Outcome kOutcomes[] = {Outcome::some_items_failed, Outcome::not_found};

inline constexpr Command kCommand = {
    .group = "snapshot",
    .name = "estimate",
    .summary = "Tell what a snapshot of a directory would hold",
    .description =
        "Walks a directory and counts files, links, directories and bytes that a snapshot of it would hold, without "
        "reading a file. With --location the policies of that repository are obeyed; without "
        "one the defaults are, with them the rules in .kopiaignore files. What would be left out because it is no "
        "file is named.",
    .positionals = kNames,
    .flags = kGroups,
    .examples = kExamples,
    .outcomes = kOutcomes,
    .run = run_snapshot_estimate,
};

}  // namespace snapshot_estimate

}  // namespace salvor::cli
