// The manifest of a snapshot: of what it is, when and how it was taken, and its root. The data of a repository's
// manifest (repo/manifest_content.h) with the label type=snapshot.
//
// Kopia: snapshot/manifest.go, stats.go, source.go, manager.go.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "repo/manifest_content.h"
#include "snapshot/entry.h"

namespace salvor::snapshot {

struct Source {
  std::string host, user, path;
  bool operator==(const Source&) const = default;
};

// Stock holds counts in 32 bits with a sign, and refuses a manifest with a larger one: such are written as the largest.
struct Stats {
  std::uint64_t total_size = 0, excluded_total_size = 0;  // bytes
  std::uint64_t files = 0, cached_files = 0, non_cached_files = 0, directories = 0;
  std::uint64_t excluded_files = 0, excluded_directories = 0;
  std::uint64_t ignored_errors = 0, errors = 0;
  bool operator==(const Stats&) const = default;
};

struct StorageUsage {
  std::uint64_t object_bytes = 0, original_content_bytes = 0, packed_content_bytes = 0;
  std::uint64_t file_objects = 0, directory_objects = 0, contents = 0;
  bool operator==(const StorageUsage&) const = default;
};

struct StorageStats {
  StorageUsage new_data, running_total;
  bool operator==(const StorageStats&) const = default;
};

struct Manifest {
  std::string id = {};  // empty where it is stored; who reads one sets it to that of the repository's manifest
  Source source;
  std::string description = {};
  Time start{}, end{};
  Stats stats;
  std::string incomplete = {};  // why it is, empty when it is not: "checkpoint", "canceled", "limit reached"
  std::optional<DirEntry> root = {};
  std::map<std::string, std::string> tags = {};
  std::optional<StorageStats> storage_stats = {};
  std::vector<std::string> pins = {};  // a snapshot with one is never expired

  bool operator==(const Manifest&) const = default;
};

// `corrupt` when it is no such text.
Result<Manifest> parse_manifest(std::string_view json);
// As stock writes it.
std::string encode(const Manifest& manifest);

// The labels of the repository's manifest: the type, the source and all tags. `invalid` when the source is not whole or
// a tag has the name of another label.
Result<repo::Labels> labels_of(const Manifest& manifest);
// The labels that all snapshots of a source have. An empty part is any.
repo::Labels labels_of(const Source& source);

}  // namespace salvor::snapshot
