// salvor backup delete.
#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "backup/catalog.h"
#include "cli/bodies.h"
#include "cli/records.h"
#include "cli/report.h"
#include "cli/text.h"
#include "cli/wire.h"

namespace salvor::cli {

namespace {

constexpr RecordKind kBackups{"backup", backup::backup_names, backup::read_backup};

// Deleting cannot be undone, so it needs a word: typed at the prompt, or --confirm.
Result<bool> confirmed(const Invocation& invocation, const std::vector<Json>& backups) {
  if (invocation.arguments.flag("confirm")) return true;
  if (!invocation.console.in_is_terminal()) {
    return Error(Code::invalid, "nobody is there to confirm the deletion")
        .hint("Add --confirm to delete without asking.");
  }
  for (const Json& backup : backups) invocation.console.err("  " + escape_controls(name_of(backup)) + "\n");
  invocation.console.err("Delete " + std::to_string(backups.size()) + (backups.size() == 1 ? " backup" : " backups") +
                         " and all their files? (y/N) ");
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

// What an interrupted run left has no record, but it can be deleted by its name.
Result<Json> backup_or_leftovers(store::Storage& storage, std::string_view name, std::stop_token stop) {
  Result<Json> backup = backup::read_backup(storage, name, stop);
  if (backup.ok() || backup.error().code() == Code::invalid) return backup;
  if (backup.error().code() != Code::not_found && backup.error().code() != Code::corrupt) return backup;
  if (TRY(backup::stored_bytes(storage, backup::BackupKeys(name).folder(), stop)) == 0) return backup;
  return Json{{"metadata", {{"name", name}}}};
}

Result<std::vector<Json>> chosen_backups(const Invocation& invocation, store::Storage& storage) {
  static constexpr RecordKind kNamed{"backup", backup::backup_names, backup_or_leftovers};
  return read_records(invocation, storage, invocation.arguments.positionals().empty() ? kBackups : kNamed);
}

}  // namespace

Result<Outcome> run_backup_delete(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  if (!arguments.positionals().empty() && (arguments.flag("all") || arguments.given("selector"))) {
    return refuse(invocation.console,
                  Error(Code::invalid,
                        "delete the named backups, all of them, or those that match a selector: only one of these"));
  }
  Wire wire(invocation);
  const auto storage = TRY(wire.open_location(Wire::Purpose::write));
  const std::vector<Json> backups = TRY(chosen_backups(invocation, *storage));
  if (backups.empty()) {
    invocation.console.err("No backup matches.\n");
    return Outcome::done;
  }
  if (!TRY(confirmed(invocation, backups))) {
    invocation.console.err("Nothing was deleted.\n");
    return Outcome::failed;
  }
  for (const Json& backup : backups) {
    TRY(backup::remove_backup(*storage, name_of(backup), invocation.stop));
    invocation.console.out("Backup \"" + escape_controls(name_of(backup)) + "\" deleted.\n");
  }
  return Outcome::done;
}

}  // namespace salvor::cli
