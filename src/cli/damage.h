// What commands that only read do about damage that is not of what they read: they go on, name it, and end with status
// 3.
#pragma once

#include "cli/wire_repository.h"
#include "snapshot/tree.h"

namespace salvor::cli {

// As open_repository(), but damaged indexes are passed over and named.
Result<RepositoryDoor> open_for_reading(Wire& wire, const Invocation& invocation);

// Names what of the list cannot be read. Whether that is nothing.
bool tell_damage(Console& console, const snapshot::Snapshots& snapshots);

// How a command ended whose own work was whole or not.
inline Outcome outcome_of_reading(const RepositoryDoor& door, bool is_whole) {
  return is_whole && door.is_whole() ? Outcome::done : Outcome::some_items_failed;
}

}  // namespace salvor::cli
