// From flags, or from a manifest and the flags beside it, to what a backup or a restore is asked to do.
#pragma once

#include <string>

#include "backup/spec.h"
#include "cli/invocation.h"
#include "restore/modifiers.h"
#include "restore/spec.h"

namespace salvor::cli {

// The Backup that the command line describes: --from-file first, then each flag that was given replaces its field.
Result<backup::Backup> backup_from(const Invocation& invocation);

// The Restore that the command line describes. `now` names it when nobody does: BACKUP-YYYYMMDDhhmmss.
Result<restore::RestoreManifest> restore_from(const Invocation& invocation, Time now);

// The rules of --resource-modifier-file; empty without it.
Result<restore::Modifiers> modifiers_from(const Invocation& invocation);

// A whole file, or standard input for "-".
Result<std::string> read_input(const std::string& path);

}  // namespace salvor::cli
