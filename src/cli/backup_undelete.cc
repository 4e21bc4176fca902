// salvor backup undelete.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "backup/undelete.h"
#include "base/units.h"
#include "cli/bodies.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/text.h"
#include "cli/wire.h"

namespace salvor::cli {

namespace {

using backup::DeletedBackup;

// All of them, or the named ones; a name that is none of them is an Error, and then nothing is brought back.
Result<std::vector<DeletedBackup>> chosen(const Invocation& invocation, store::Storage& storage) {
  std::vector<DeletedBackup> all = TRY(backup::deleted_backups(storage, invocation.stop));
  const auto& names = invocation.arguments.positionals();
  if (names.empty()) return all;
  std::vector<DeletedBackup> some;
  for (const std::string& name : names) {
    const auto found = std::ranges::find(all, name, &DeletedBackup::name);
    if (found == all.end()) {
      return Error(Code::not_found, "nothing was deleted of a backup \"" + name + "\" in " + storage.describe())
          .hint("`salvor backup undelete --all --dry-run` lists what can be brought back.");
    }
    some.push_back(*found);
  }
  return some;
}

Result<> show(const Invocation& invocation, const std::vector<DeletedBackup>& backups, std::string_view result) {
  Table table{{{"NAME"}, {"FILES"}, {"SIZE"}, {"DELETED"}, {"RESULT"}}, {}};
  std::vector<Json> records;
  for (const DeletedBackup& one : backups) {
    const std::string deleted = format_rfc3339(one.deleted);
    table.rows.push_back({one.name, std::to_string(one.files), format_bytes(one.bytes), deleted, std::string(result)});
    records.push_back({{"backup", one.name},
                       {"files", one.files},
                       {"bytes", one.bytes},
                       {"deleted", deleted},
                       {"listed", one.listed},
                       {"result", std::string(result)}});
  }
  if (!records.empty() || invocation.arguments.text("output") != "table") {
    TRY(print(invocation, "backup", table, records, Records::found));
  }
  return {};
}

}  // namespace

Result<Outcome> run_backup_undelete(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  if (!arguments.positionals().empty() && arguments.flag("all")) {
    return refuse(invocation.console, Error(Code::invalid, "bring back the named backups or all of them, not both"));
  }
  const bool dry = arguments.flag("dry-run");
  Wire wire(invocation);
  const ChosenLocation location = TRY(wire.choose_location(arguments.text("location")));
  const auto storage = TRY(wire.open_stored(location, dry ? Wire::Purpose::read : Wire::Purpose::write));
  std::vector<DeletedBackup> backups = TRY(chosen(invocation, *storage));
  std::vector<DeletedBackup> back;
  Result<> undeleted;
  for (std::size_t i = 0; !dry && i < backups.size() && undeleted.ok(); ++i) {
    Result<DeletedBackup> one = backup::undelete_backup(*storage, backups[i].name, invocation.stop);
    if (one.ok())
      back.push_back(*std::move(one));
    else
      undeleted = std::move(one).error();
  }
  TRY(show(invocation, dry ? backups : back, dry ? "can be brought back" : "brought back"));
  TRY(std::move(undeleted));
  if (arguments.text("output") == "table") {
    if (backups.empty()) invocation.console.err("No deleted backup can be brought back.\n");
    if (!back.empty()) invocation.console.err("Read them with `salvor backup verify` before you rely on them.\n");
  }
  return Outcome::done;
}

}  // namespace salvor::cli
