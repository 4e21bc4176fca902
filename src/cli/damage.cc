#include "cli/damage.h"

#include "cli/report.h"
#include "cli/text.h"

namespace salvor::cli {

Result<RepositoryDoor> open_for_reading(Wire& wire, const Invocation& invocation) {
  RepositoryDoor door = TRY(open_repository(wire, invocation, Wire::Purpose::read, repo::OnDamage::skip));
  const auto indexes = door.repository->indexes();
  for (const repo::DamagedIndex& damaged : indexes->damaged()) {
    report_error(
        invocation.console,
        damaged.error.clone()
            .context("INDEX " + damaged.blob + " IS DAMAGED, and what it alone names is not there")
            .hint("Nothing is written until it is repaired: move that blob away, keep it, and run `salvor repo "
                  "repair --all-packs --confirm`."));
  }
  return door;
}

bool tell_damage(Console& console, const snapshot::Snapshots& snapshots) {
  for (const Error& lost : snapshots.lost) {
    report_error(console,
                 lost.clone()
                     .context("some snapshots or policies may be missing here")
                     .hint("Those that are shown can be restored. `salvor repo verify` tells what else is damaged."));
  }
  for (const snapshot::DamagedManifest& damaged : snapshots.damaged) {
    report_warning(console, "snapshot " + damaged.id + ": " + escape_controls(damaged.error.message()));
  }
  return snapshots.is_whole();
}

}  // namespace salvor::cli
