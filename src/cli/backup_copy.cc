// salvor backup copy and salvor location sync: whole backups from one location to another.
#include <nlohmann/json.hpp>

#include "backup/sync.h"
#include "base/units.h"
#include "cli/bodies.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/text.h"
#include "cli/two_locations.h"

namespace salvor::cli {

namespace {

using What = backup::SyncEvent::What;

std::string plural(std::uint64_t count, const std::string& word) {
  return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

Json record_of(const backup::SyncEvent& event) {
  Json record = {{"backup", event.name}, {"result", backup::to_string(event.what)}};
  if (!event.why.empty()) record["why"] = event.why;
  if (event.what == What::copied || event.what == What::present) {
    record["filesSent"] = event.copied.files_sent;
    record["filesKept"] = event.copied.files_kept;
    record["bytesSent"] = event.copied.bytes_sent;
    record["warnings"] = event.copied.warnings;
  }
  return record;
}

std::vector<std::string> row_of(const backup::SyncEvent& event) {
  const bool sent = event.what == What::copied;
  return {event.name, std::string(backup::to_string(event.what)), sent ? std::to_string(event.copied.files_sent) : "",
          sent ? format_bytes(event.copied.bytes_sent) : "", event.why};
}

// The plan as events that have not happened.
Result<Outcome> print_plan(const Invocation& invocation, const backup::SyncPlan& plan) {
  Table table{{{"BACKUP"}, {"WOULD BE"}, {"WHY"}}, {}};
  std::vector<Json> records;
  const auto add = [&](const std::string& name, const std::string& result, const std::string& why) {
    records.push_back({{"backup", name}, {"result", result}});
    if (!why.empty()) records.back()["why"] = why;
    table.rows.push_back({name, result, why});
  };
  for (const std::string& name : plan.copies) {
    const bool known = std::binary_search(plan.known.begin(), plan.known.end(), name);
    add(name, known ? "compared" : "copied", "");
  }
  for (const std::string& name : plan.removals) add(name, "removed", "unless it is the newest one that verifies there");
  for (const auto& [name, why] : plan.kept) add(name, "kept", why);
  return print(invocation, "backup", table, records);
}

struct Sums {
  std::uint64_t copied = 0, present = 0, failed = 0, removed = 0, kept = 0, bytes = 0, warnings = 0;

  void add(const backup::SyncEvent& event) {
    (event.what == What::copied    ? copied
     : event.what == What::present ? present
     : event.what == What::failed  ? failed
     : event.what == What::removed ? removed
                                   : kept)++;
    bytes += event.copied.bytes_sent;
    warnings += event.copied.warnings.size();
  }
  std::string sentence() const {
    return plural(copied, "backup") + " copied (" + format_bytes(bytes) + "), " + std::to_string(present) +
           " there already, " + std::to_string(failed) + " failed" +
           (removed + kept > 0 ? ", " + std::to_string(removed) + " removed, " + std::to_string(kept) + " kept" : "") +
           ".";
  }
};

}  // namespace

Result<Outcome> run_backup_copy(const Invocation& invocation) {
  Wire wire(invocation);
  const Arguments& arguments = invocation.arguments;
  const std::string name(arguments.name());
  const TwoLocations two = TRY(open_two(wire, arguments.text("location"), arguments.text("to"), Wire::Purpose::write));
  backup::CopyProgress progress;
  Result<backup::Copied> copied = Error(Code::internal, "not run");
  {
    const ProgressView view(invocation, wire.clock(), [&] { return state_of("copy", progress); });
    copied =
        backup::copy_backup(*two.from, *two.to, name,
                            {.spool_directory = wire.spool_directory(), .reread_existing = arguments.flag("reread")},
                            wire.clock(), progress, invocation.stop);
  }
  if (!copied.ok()) return std::move(copied).error();
  for (const std::string& warning : copied->warnings) report_warning(invocation.console, warning);
  const backup::SyncEvent event{copied->was_there ? What::present : What::copied, name, "", *copied};
  if (arguments.text("output") != "table") {
    TRY(print(invocation, "backup", {}, {record_of(event)}));
  } else if (copied->was_there) {
    invocation.console.out("Backup \"" + name + "\" is in " + escape_controls(two.to->describe()) + " already.\n");
  } else {
    const std::string kept =
        copied->files_kept > 0 ? ", " + plural(copied->files_kept, "file") + " were there already" : "";
    invocation.console.out("Backup \"" + name + "\" copied to " + escape_controls(two.to->describe()) + ": " +
                           plural(copied->files_sent, "file") + ", " + format_bytes(copied->bytes_sent) + kept +
                           ", read back and verified.\n");
  }
  return copied->warnings.empty() ? Outcome::done : Outcome::some_items_failed;
}

Result<Outcome> run_location_sync(const Invocation& invocation) {
  Wire wire(invocation);
  const Arguments& arguments = invocation.arguments;
  const bool dry = arguments.flag("dry-run");
  const TwoLocations two = TRY(open_two(wire, arguments.positionals()[0], arguments.positionals()[1],
                                        dry ? Wire::Purpose::read : Wire::Purpose::write));
  const backup::SyncOptions options{
      .patterns = arguments.list("backups"),
      .remove = arguments.flag("delete"),
      .copy = {.spool_directory = wire.spool_directory(), .reread_existing = arguments.flag("reread")}};
  const backup::SyncPlan plan = TRY(backup::plan_sync(*two.from, *two.to, options, invocation.stop));
  if (dry) return print_plan(invocation, plan);

  Table table{{{"BACKUP"}, {"RESULT"}, {"FILES"}, {"BYTES"}, {"WHY"}}, {}};
  std::vector<Json> records;
  std::vector<std::string> warnings;
  Sums sums;
  backup::CopyProgress progress;
  Result<> ran;
  {
    const ProgressView view(invocation, wire.clock(), [&] { return state_of("sync", progress); });
    const auto tell = [&](const backup::SyncEvent& event) {
      sums.add(event);
      records.push_back(record_of(event));
      table.rows.push_back(row_of(event));
      warnings.insert(warnings.end(), event.copied.warnings.begin(), event.copied.warnings.end());
    };
    ran = backup::run_sync(*two.from, *two.to, plan, options, wire.clock(), progress, tell, invocation.stop);
  }
  for (const std::string& warning : warnings) report_warning(invocation.console, warning);
  if (!records.empty() || arguments.text("output") != "table") TRY(print(invocation, "backup", table, records));
  if (!ran.ok()) return std::move(ran).error();  // what was done until then is told above
  if (arguments.text("output") == "table") invocation.console.err(sums.sentence() + "\n");
  return sums.failed + sums.warnings > 0 ? Outcome::some_items_failed : Outcome::done;
}

}  // namespace salvor::cli
