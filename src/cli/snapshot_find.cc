#include "cli/snapshot_find.h"

#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/damage.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/snapshot_entry.h"
#include "cli/text.h"
#include "cli/wire_repository.h"
#include "snapshot/search.h"
#include "snapshot/tree.h"

namespace salvor::cli {

Result<Outcome> run_snapshot_find(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const std::int64_t threads = arguments.integer("parallel");
  if (threads < 1 || threads > 256) {
    return refuse(invocation.console, Error(Code::invalid, "--parallel is a number from 1 to 256"));
  }
  Wire wire(invocation);
  const RepositoryDoor door = TRY(open_for_reading(wire, invocation));
  const snapshot::Source source = parse_source(arguments.text("source"));
  const snapshot::Snapshots snapshots =
      TRY(snapshot::list_readable_snapshots(*door.repository, source, invocation.stop));
  std::vector<const snapshot::Manifest*> manifests;
  std::vector<snapshot::DirEntry> roots;
  for (const snapshot::Manifest& one : snapshots.all) {
    if (!one.root) continue;
    manifests.push_back(&one);
    roots.push_back(*one.root);
  }
  Table table{{{"SNAPSHOT"}, {"START"}, {"SIZE"}, {"MODIFIED"}, {"PATH"}}, {}};
  std::vector<Json> records;
  bool is_whole = true;
  const std::string& pattern = arguments.positionals()[0];
  TRY(snapshot::search(
      *door.repository, door.repository->indexes(), roots, {.threads = static_cast<unsigned>(threads)},
      [&](const snapshot::DirEntry& entry) { return snapshot::matches_glob(pattern, entry.name); },
      [&](std::size_t root, const std::string& path, const snapshot::DirEntry& entry) -> Result<> {
        const snapshot::Manifest& in = *manifests[root];
        const bool is_directory = entry.type == snapshot::EntryType::directory;
        table.rows.push_back({in.id.substr(0, 12), format_rfc3339(in.start), format_bytes(size_of(entry)),
                              format_rfc3339(entry.modified), path + (is_directory ? "/" : "")});
        Json record = entry_record(entry, path);
        record["snapshot"] = in.id;
        record["start"] = format_rfc3339(in.start);
        records.push_back(std::move(record));
        return {};
      },
      [&](std::size_t root, const std::string& path, const Error& why) {
        is_whole = false;
        report_warning(invocation.console, manifests[root]->id + "/" + escape_controls(path) + ": " + why.message());
      },
      invocation.stop));
  is_whole = tell_damage(invocation.console, snapshots) && is_whole;
  TRY(print(invocation, "path", table, records, Records::found));
  return outcome_of_reading(door, is_whole);
}

}  // namespace salvor::cli
