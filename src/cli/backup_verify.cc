// salvor backup verify: reads everything back.
#include <atomic>
#include <nlohmann/json.hpp>

#include "archive/archive.h"
#include "backup/catalog.h"
#include "backup/verify.h"
#include "base/units.h"
#include "cli/bodies.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "cli/wire.h"

namespace salvor::cli {

Result<Outcome> run_backup_verify(const Invocation& invocation) {
  Wire wire(invocation);
  const auto storage = TRY(wire.open_location(Wire::Purpose::read));
  const std::string name(invocation.arguments.name());
  std::atomic<std::uint64_t> done{0}, all{0};
  std::vector<std::string> problems;
  Result<backup::Verified> verified = Error(Code::internal, "not run");
  {
    const ProgressView view(invocation, wire.clock(),
                            [&] { return ProgressState{.what = "verify", .bytes = done, .bytes_total = all}; });
    verified = backup::verify_backup(
        *storage, name, wire.spool_directory(), [&](const std::string& problem) { problems.push_back(problem); },
        [&](std::uint64_t now, std::uint64_t total) {
          done = now;
          all = total;
        },
        invocation.stop);
  }
  if (!verified.ok()) return std::move(verified).error();
  const Json document = {{"backup", name},
                         {"objects", verified->objects},
                         {"bytes", verified->bytes},
                         {"problems", problems},
                         {"indexed", verified->indexed}};
  if (invocation.arguments.text("output") != "table") {
    TRY(print(invocation, "backup", {}, {document}));
  } else {
    for (const std::string& problem : problems) invocation.console.out("problem: " + escape_controls(problem) + "\n");
    invocation.console.out("Backup \"" + name + "\": " + std::to_string(verified->objects) + " objects, " +
                           format_bytes(verified->bytes) + " read, " +
                           (problems.empty() ? "all whole" : std::to_string(verified->problems) + " problems") + ".\n");
  }
  return problems.empty() ? Outcome::done : Outcome::verification_failed;
}

}  // namespace salvor::cli
