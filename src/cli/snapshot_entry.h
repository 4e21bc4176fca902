// How entries of snapshots are shown, and how sources are named on the command line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "codec/json.h"
#include "snapshot/entry.h"
#include "snapshot/manifest.h"

namespace salvor::cli {

// "@HOST", "USER@HOST", "[USER@HOST:]PATH".
snapshot::Source parse_source(std::string_view text);

std::string_view to_string(snapshot::EntryType type);
// As ls shows it: "drwxr-xr-x".
std::string mode_text(const snapshot::DirEntry& entry);
// Of a directory what all files below it have together.
std::uint64_t size_of(const snapshot::DirEntry& entry);
Json entry_record(const snapshot::DirEntry& entry, const std::string& path);

}  // namespace salvor::cli
