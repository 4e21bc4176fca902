#include "cli/snapshot_estimate.h"

#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/text.h"
#include "cli/wire.h"
#include "snapshot/estimate.h"

namespace salvor::cli {

Result<Outcome> run_snapshot_estimate(const Invocation& invocation) {
  Wire wire(invocation);
  const std::string& path = invocation.arguments.positionals()[0];
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
    TRY(snapshot::estimate(tree, sum, problem, invocation.stop));
  }
  if (invocation.arguments.text("output") == "table") {
    std::string text = count_of(sum.files, "file") + " of " + format_bytes(sum.bytes) + ", " +
                       count_of(sum.symlinks, "link") + ", " + count_of(sum.directories, "directory", "directories");
    if (sum.left_out > 0) text += "; " + std::to_string(sum.left_out) + " would be left out";
    if (sum.failed > 0) text += "; " + count_of(sum.failed, "directory", "directories") + " cannot be read";
    invocation.console.out(text + ".\n");
  } else {
    const Json record = {{"path", path},
                         {"files", sum.files.load()},
                         {"links", sum.symlinks.load()},
                         {"directories", sum.directories.load()},
                         {"bytes", sum.bytes.load()},
                         {"leftOut", sum.left_out.load()},
                         {"failed", sum.failed.load()}};
    TRY(print(invocation, "path", {}, {record}, Records::only));
  }
  return sum.failed > 0 ? Outcome::some_items_failed : Outcome::done;
}

}  // namespace salvor::cli
