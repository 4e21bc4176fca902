#include "cli/repo_upgrade.h"

#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/text.h"
#include "cli/wire_repository.h"
#include "repo/upgrade.h"

namespace salvor::cli {

namespace {

std::string owner_of(const Invocation& invocation) {
  std::string given = invocation.arguments.text("owner");
  if (!given.empty()) return given;
  const snapshot::Source us = source_of(invocation, {});
  return us.user + "@" + us.host;
}

std::string numbered(std::int64_t format) { return "format " + std::to_string(format); }

std::string sentence_about(const repo::UpgradePlan& plan) {
  if (!plan.is_needed()) return "The repository is of " + numbered(plan.from) + ", the newest.\n";
  std::string text = plan.lock ? "An upgrade to " + numbered(plan.to) + " by " + escape_controls(plan.lock->owner_id) +
                                     " is not done; it would be gone on with"
                               : "From " + numbered(plan.from) + " to " + numbered(plan.to);
  if (plan.migrates) {
    text += ": " + format_duration(plan.wait) + " of waiting until nobody else uses the repository, then " +
            std::to_string(plan.index_blobs) + " indexes of " + format_bytes(plan.index_bytes) + " are written anew";
  }
  return text + ". --confirm does it.\n";
}

Json record_of(const repo::UpgradePlan& plan, bool is_done) {
  Json record = {{"from", plan.from},
                 {"to", plan.to},
                 {"needed", plan.is_needed()},
                 {"migratesIndexes", plan.migrates},
                 {"indexBlobs", plan.index_blobs},
                 {"indexBytes", plan.index_bytes},
                 {"waitSeconds", std::chrono::duration<double>(plan.wait).count()},
                 {"done", is_done}};
  if (plan.lock) record["begunBy"] = plan.lock->owner_id;
  return record;
}

Result<Outcome> tell(const Invocation& invocation, const std::string& sentence, const Json& record) {
  if (invocation.arguments.text("output") == "table") {
    invocation.console.out(sentence);
    return Outcome::done;
  }
  return print(invocation, "upgrade", {}, {record}, Records::only);
}

Result<Outcome> roll_back(Wire& wire, const Invocation& invocation) {
  if (!invocation.arguments.flag("confirm")) {
    return Error(Code::invalid, "--rollback changes the repository, and --confirm is not given");
  }
  FormatDoor door = TRY(open_format_blobs(wire, invocation, Wire::Purpose::write));
  TRY(repo::roll_back_upgrade(door.blobs, door.format, owner_of(invocation), invocation.stop));
  return tell(invocation, "The upgrade is rolled back; the repository is as it was before.\n", {{"rolledBack", true}});
}

}  // namespace

Result<Outcome> run_repo_upgrade(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  Wire wire(invocation);
  if (arguments.flag("rollback")) return roll_back(wire, invocation);
  const bool writes = arguments.flag("confirm");
  FormatDoor door = TRY(open_format_blobs(wire, invocation, writes ? Wire::Purpose::write : Wire::Purpose::read));
  const Duration drain = arguments.duration("io-drain-timeout");
  const repo::UpgradeRequest request{
      .owner = owner_of(invocation),
      .io_drain_timeout = drain,
      .status_poll_interval = std::min(drain, arguments.duration("status-poll-interval")),
      .max_permitted_clock_drift = arguments.duration("max-permitted-clock-drift"),
      .is_unsafe = arguments.flag("allow-unsafe-upgrade")};
  const repo::UpgradePlan plan =
      TRY(repo::plan_upgrade(door.blobs, door.format, request, wire.clock(), invocation.stop));
  if (!writes || !plan.is_needed()) return tell(invocation, sentence_about(plan), record_of(plan, false));
  const repo::UpgradeSteps steps{.on_wait = [&](Duration left) {
    invocation.console.err("Waiting " + format_duration(left) + " until every other client has stopped ...\n");
  }};
  TRY(repo::upgrade(door.blobs, door.format, request, wire.clock(), wire.rng(), steps, invocation.stop));
  return tell(invocation, "The repository is of " + numbered(plan.to) + " now.\n", record_of(plan, true));
}

}  // namespace salvor::cli
