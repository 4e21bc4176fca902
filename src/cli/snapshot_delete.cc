#include "cli/snapshot_delete.h"

#include <algorithm>

#include "base/clock.h"
#include "base/units.h"
#include "cli/consent.h"
#include "cli/text.h"
#include "cli/wire_repository.h"
#include "snapshot/remove.h"
#include "snapshot/tree.h"

namespace salvor::cli {

namespace {

struct Chosen {
  std::string id;
  std::string shown;  // "3f2a..., of user@host:/srv, 2026-11-22T13:29:42Z"
};

Result<Chosen> chosen(const snapshot::Snapshots& snapshots, const std::string& name, bool takes_pinned) {
  const snapshot::Manifest* const found = TRY(snapshot::find_snapshot(snapshots, name));
  if (!found) {
    const auto damaged = std::ranges::find(snapshots.damaged, name, &snapshot::DamagedManifest::id);
    if (damaged != snapshots.damaged.end()) return Chosen{name, name + ", whose manifest is damaged"};
    return Error(Code::not_found, "there is no snapshot \"" + name + "\"")
        .hint("`salvor snapshot list` shows those that are there.");
  }
  if (!found->pins.empty() && !takes_pinned) {
    return Error(Code::conflict, "snapshot " + found->id + " is pinned (" + joined(found->pins, ", ") + ")")
        .hint(
            "Whoever pinned it wants it kept; a pin of Velero's says that a backup of Velero's needs it. --force "
            "deletes it all the same.");
  }
  const snapshot::Source& source = found->source;
  return Chosen{found->id, found->id + ", of " + source.user + "@" + source.host + ":" + source.path + ", " +
                               format_rfc3339(found->start)};
}

}  // namespace

Result<Outcome> run_snapshot_delete(const Invocation& invocation) {
  Wire wire(invocation);
  const RepositoryDoor door = TRY(open_repository(wire, invocation, Wire::Purpose::write));
  const snapshot::Snapshots snapshots = TRY(snapshot::list_snapshots(*door.repository, {}, invocation.stop));
  std::vector<std::string> ids, shown;
  for (const std::string& name : invocation.arguments.positionals()) {
    Chosen one = TRY(chosen(snapshots, name, invocation.arguments.flag("force")));
    if (std::ranges::find(ids, one.id) != ids.end()) continue;
    ids.push_back(std::move(one.id));
    shown.push_back(escape_controls(one.shown));
  }
  const std::string what = ids.size() == 1 ? "snapshot" : count_of(ids.size(), "snapshot");
  if (!invocation.arguments.flag("confirm")) {
    for (const std::string& one : shown) invocation.console.err("  " + one + "\n");
  }
  if (!TRY(consented(invocation, "Delete " + (ids.size() == 1 ? "this " + what : what) + "?"))) {
    invocation.console.err("Nothing was deleted.\n");
    return Outcome::failed;
  }
  const snapshot::Source us = source_of(invocation, {});
  TRY(snapshot::remove_snapshots(*door.repository, ids, snapshot::Missing::refused, us.user, us.host, wire.clock(),
                                 wire.rng(), invocation.stop));
  for (const std::string& one : shown) invocation.console.out("Deleted snapshot " + one + ".\n");
  return Outcome::done;
}

}  // namespace salvor::cli
