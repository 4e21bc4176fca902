#include "cli/snapshot_estimate.h"

#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/source_name.h"
#include "cli/text.h"
#include "cli/wire_repository.h"
#include "snapshot/estimate.h"

namespace salvor::cli {

namespace {

// Of a repository, when one is named.
Result<snapshot::Policies> policies_of(Wire& wire, const Invocation& invocation) {
  if (invocation.arguments.text("location").empty()) return snapshot::Policies();
  const RepositoryDoor door = TRY(open_repository(wire, invocation));
  return snapshot::Policies::load(*door.repository, invocation.stop);
}

std::string sentence_about(const snapshot::Estimate& sum) {
  std::string text = count_of(sum.files, "file") + " of " + format_bytes(sum.bytes) + ", " +
                     count_of(sum.symlinks, "link") + ", " + count_of(sum.directories, "directory", "directories");
  const std::uint64_t excluded = sum.excluded.files + sum.excluded.directories;
  if (excluded > 0) text += "; " + std::to_string(excluded) + " ignored by rules";
  if (sum.left_out > 0) text += "; " + std::to_string(sum.left_out) + " would be left out";
  if (sum.failed > 0) text += "; " + count_of(sum.failed, "directory", "directories") + " cannot be read";
  return text + ".\n";
}

Json record_of(const std::string& path, const snapshot::Estimate& sum) {
  return {{"path", path},
          {"files", sum.files.load()},
          {"links", sum.symlinks.load()},
          {"directories", sum.directories.load()},
          {"bytes", sum.bytes.load()},
          {"excludedFiles", sum.excluded.files.load()},
          {"excludedDirectories", sum.excluded.directories.load()},
          {"excludedBytes", sum.excluded.bytes.load()},
          {"leftOut", sum.left_out.load()},
          {"failed", sum.failed.load()}};
}

}  // namespace

Result<Outcome> run_snapshot_estimate(const Invocation& invocation) {
  Wire wire(invocation);
  const std::string path = TRY(absolute_path(invocation.arguments.positionals()[0]));
  const snapshot::Policies policies = TRY(policies_of(wire, invocation));
  const auto rules = TRY(snapshot::EntryRules::make(policies, source_of(invocation, path), {}));
  const snapshot::SourceTree tree = TRY(snapshot::SourceTree::open(path));
  snapshot::Estimate sum;
  {
    const ProgressView view(invocation, wire.clock(), [&] {
      return ProgressState{.what = "estimate",
                           .items = sum.files + sum.symlinks,
                           .bytes = sum.bytes,
                           .current = sum.current.with([](const std::string& current) { return current; })};
    });
    const auto problem = [&](const std::string& at, const Error& why) {
      report_warning(invocation.console, escape_controls(at) + ": " + why.message());
    };
    TRY(snapshot::estimate(tree, *rules, sum, problem, invocation.stop));
  }
  if (invocation.arguments.text("output") == "table") {
    invocation.console.out(sentence_about(sum));
  } else {
    TRY(print(invocation, "path", {}, {record_of(path, sum)}, Records::only));
  }
  return sum.failed > 0 ? Outcome::some_items_failed : Outcome::done;
}

}  // namespace salvor::cli
