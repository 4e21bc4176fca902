// Entries of directories as Kopia keeps them, and what a directory is in sum.
//
//   {"name":"a","type":"f","mode":"0644","size":5,"mtime":"2026-11-22T13:29:42.52219488Z","uid":1000,"gid":100,"obj":"13ea..."}
//   {"name":"d","type":"d","mode":"020000755","mtime":"...","obj":"k13ea...","summ":{"size":5,"files":1,...}}
//
// Zeros are left out, all but "obj". The mode is not that of stat(2): Go has other bits for setuid, setgid and the
// sticky bit (1<<23, 1<<22, 1<<20), and so they are written, in octal. Names are JSON texts: of a name that is no
// UTF-8 each wrong byte is written as U+FFFD, so it is lost, and two names may become one.
//
// What is read was written by others. Names and numbers are as they were found: whoever restores refuses names that
// lead out of the folder.
//
// Kopia: snapshot/manifest.go, fs/entry.go, fs/utc_timestamp.go.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace salvor::snapshot {

// unknown: what stock could not tell, and any type that is not one of these, which stock refuses to restore.
enum class EntryType { unknown, file, directory, symlink };

// Something that could not be saved.
struct FailedEntry {
  std::string path;  // relative to the root of the snapshot
  std::string error;
  bool operator==(const FailedEntry&) const = default;
};

// Of a directory and all that is below it. Counts and bytes are below 2^63 when they were read.
struct DirectorySummary {
  std::uint64_t total_size = 0;  // bytes of files
  std::uint64_t files = 0, symlinks = 0;
  std::uint64_t directories = 0;  // itself included
  Time max_modified{};
  std::string incomplete = {};  // why it is, empty when it is not: "checkpoint", "canceled", "limit reached"
  std::uint64_t failed = 0, ignored_errors = 0;
  std::vector<FailedEntry> errors = {};

  bool operator==(const DirectorySummary&) const = default;
};

struct DirEntry {
  std::string name;
  EntryType type = EntryType::unknown;
  std::uint32_t mode = 0;  // the 12 bits of chmod(2)
  std::uint64_t size = 0;  // bytes; of a symlink those of its target; of directories 0
  Time modified{};
  std::uint32_t uid = 0, gid = 0;
  std::string object = {};  // the text of an object id
  std::optional<DirectorySummary> summary = {};

  bool operator==(const DirEntry&) const = default;
};

// Stock's order in a directory: directories first, then by the bytes of the name.
bool precedes(const DirEntry& a, const DirEntry& b);

// As stock writes them.
void append_json(std::string& json, const DirEntry& entry);
void append_json(std::string& json, const DirectorySummary& summary);

}  // namespace salvor::snapshot
