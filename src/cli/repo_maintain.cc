// salvor repo maintain.
#include <nlohmann/json.hpp>

#include "base/hex.h"
#include "base/units.h"
#include "cli/bodies.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/text.h"
#include "cli/wire_repository.h"
#include "codec/json.h"
#include "os/file_lock.h"
#include "snapshot/maintain.h"

namespace salvor::cli {

namespace {

using snapshot::Maintained;
using snapshot::MaintainedTask;

// One at a time on this computer, by the repository's unique id: two ways may lead to it.
Result<os::FileLock> take_lock(Wire& wire, const repo::Repository& repository, std::stop_token stop) {
  const std::string id = to_hex(ByteView(repository.format().blob.unique_id).first(repo::kMinUniqueIdBytes));
  const std::string path = wire.spool_directory() + "/.salvor-maintain-" + id + ".lock";
  Result<os::FileLock> lock = os::FileLock::take(path, wire.clock(), {}, std::move(stop));
  if (lock.ok() || lock.error().code() != Code::unavailable) return lock;
  return Error(Code::unavailable, "this repository is being maintained by another process on this computer")
      .hint("Let it finish.");
}

Result<> take_ownership(Wire& wire, repo::Repository& repository, const repo::MaintenanceCaller& caller,
                        std::stop_token stop) {
  repo::MaintenanceParameters parameters = TRY(repo::maintenance_parameters_in(TRY(repository.manifests(stop))));
  if (parameters.owner == caller.name()) return {};
  parameters.owner = caller.name();
  TRY(repo::replace_maintenance_parameters(repository, parameters, caller.user, caller.host, wire.clock(), wire.rng(),
                                           stop));
  return repository.refresh(std::move(stop));
}

Json sum_record(const repo::CountSum& sum) { return {{"count", sum.count}, {"bytes", sum.bytes}}; }

Json record_of(const Maintained& done, const snapshot::MaintainRequest& request) {
  Json tasks = Json::array();
  for (const MaintainedTask& task : done.tasks) {
    tasks.push_back({{"task", task.name},
                     {"state", std::string(to_string(task.state))},
                     {"says", task.says},
                     {"stats", codec::parse_json(repo::encode_values(task.stats)).value_or(Json())}});
  }
  Json record = {{"mode", request.mode == repo::MaintenanceMode::full ? "full" : "quick"},
                 {"dryRun", request.only_looks},
                 {"tasks", tasks},
                 {"damaged", done.damaged},
                 {"freed", sum_record(done.freed)},
                 {"youngPacks", sum_record(done.young_packs)},
                 {"deletedContents", sum_record(done.deleted)}};
  if (done.young_packs.count > 0) {
    record["youngPacks"]["freeFrom"] = format_rfc3339(done.first_young_at);
    record["youngPacks"]["allFreeFrom"] = format_rfc3339(done.last_young_at);
  }
  if (done.deleted.count > 0) record["deletedContents"]["freeFrom"] = format_rfc3339(done.deleted_free_at);
  return record;
}

std::string bytes_and_count(const repo::CountSum& sum, std::string_view one) {
  return format_bytes(sum.bytes) + " in " + count_of(sum.count, one);
}

// What comes later, for people.
void add_outlook(Table& table, const Maintained& done, bool only_looks) {
  const auto row = [&](const char* what, const char* state, const std::string& says) {
    table.rows.push_back({what, state, says});
  };
  row("bytes", only_looks ? "would be freed" : "freed", bytes_and_count(done.freed, "blob"));
  if (done.young_packs.count > 0) {
    row("bytes", "later",
        bytes_and_count(done.young_packs, "pack") + ", from " + format_rfc3339(done.first_young_at) + " to " +
            format_rfc3339(done.last_young_at));
  }
  if (done.deleted.count > 0) {
    row("bytes", "later",
        bytes_and_count(done.deleted, "deleted content") + ", by full runs until " +
            format_rfc3339(done.deleted_free_at));
  }
}

Result<Outcome> print_maintained(const Invocation& invocation, const Maintained& done,
                                 const snapshot::MaintainRequest& request) {
  Table table{{{"TASK"}, {"STATE"}, {"WHAT"}}, {}};
  for (const MaintainedTask& task : done.tasks) {
    table.rows.push_back({task.name, std::string(to_string(task.state)), task.says});
  }
  add_outlook(table, done, request.only_looks);
  const Outcome printed = TRY(print(invocation, "maintenance", table, {record_of(done, request)}, Records::only));
  return done.damaged > 0 ? Outcome::some_items_failed : printed;
}

}  // namespace

Result<Outcome> run_repo_maintain(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const std::int64_t threads = arguments.integer("parallel");
  if (threads < 1 || threads > 256) {
    return refuse(invocation.console, Error(Code::invalid, "--parallel is a number from 1 to 256"));
  }
  Wire wire(invocation);
  const bool only_looks = arguments.flag("dry-run");
  const RepositoryDoor door =
      TRY(open_repository(wire, invocation, only_looks ? Wire::Purpose::read : Wire::Purpose::write));
  const snapshot::Source us = source_of(invocation, {});
  const bool is_unsafe = arguments.text("safety") == "none";
  const snapshot::MaintainRequest request{
      .mode = arguments.flag("full") ? repo::MaintenanceMode::full : repo::MaintenanceMode::quick,
      .safety = is_unsafe ? repo::kNoSafety : repo::kFullSafety,
      .only_looks = only_looks,
      .garbage = {.caller = {us.user, us.host}, .threads = static_cast<unsigned>(threads)}};
  if (is_unsafe)
    report_warning(invocation.console, "--safety=none: data is lost when anybody else uses the repository now");
  const os::FileLock lock = TRY(take_lock(wire, *door.repository, invocation.stop));
  if (arguments.flag("take-ownership") && !only_looks) {
    TRY(take_ownership(wire, *door.repository, request.garbage.caller, invocation.stop));
  }
  const auto problem = [&](const std::string& where, const Error& error) {
    report_warning(invocation.console, where + ": " + error.message());
  };
  const Maintained done =
      TRY(snapshot::maintain(*door.repository, request, wire.clock(), wire.rng(), problem, invocation.stop));
  return print_maintained(invocation, done, request);
}

}  // namespace salvor::cli
