// Names of sources: PATH, USER@HOST:PATH, USER@HOST, @HOST.
#pragma once

#include <string>

#include "cli/invocation.h"
#include "snapshot/manifest.h"

namespace salvor::cli {

// As stock names what is saved: absolute, without "." and "..", links kept.
Result<std::string> absolute_path(const std::string& path);

// A path alone is one of ours, by --username and --hostname. Without a path all of a user's or a host's are meant.
Result<snapshot::Source> named_source(const Invocation& invocation, const std::string& name);

// Whether `one` is, or is among, what `named` names.
bool is_named(const snapshot::Source& one, const snapshot::Source& named);

}  // namespace salvor::cli
