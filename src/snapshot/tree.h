// Tree: what a snapshot holds, from its root down: directories are read entry by entry while they arrive.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "repo/repository.h"
#include "snapshot/entry.h"
#include "snapshot/manifest.h"

namespace salvor::snapshot {

// A snapshot whose manifest could not be read: its id, and why.
struct DamagedManifest {
  std::string id;
  Error error;
};

struct Snapshots {
  std::vector<Manifest> all;  // oldest first
  std::vector<DamagedManifest> damaged;
  // Contents that hold manifests and cannot be read: which ones nobody knows.
  std::vector<Error> lost = {};
  bool is_whole() const { return damaged.empty() && lost.empty(); }
};

// Those of a source; an empty part of it is any. Errors: those of Repository::manifests.
Result<Snapshots> list_snapshots(repo::Repository& repository, const Source& source, std::stop_token stop);
// The same of manifests that were read already.
Snapshots snapshots_among(const repo::ManifestSet& manifests, const Source& source);

// The same for who only reads: what cannot be read is in `lost`, and does not hide the others.
Result<Snapshots> list_readable_snapshots(repo::Repository& repository, const Source& source, std::stop_token stop);

// The snapshot that `id` names: the id of its manifest, or the beginning of one that no other has; null when it is
// none. `invalid` when several begin that way.
Result<const Manifest*> find_snapshot(const Snapshots& snapshots, std::string_view id);

// The entry that `id` names: a snapshot by its manifest's id, or by the beginning of one that no other has; otherwise
// an object by its id, which is then of an unknown type but for directories. not_found and `invalid` (several begin
// that way) say what there is.
Result<DirEntry> find_root(repo::Repository& repository, std::string_view id, std::stop_token stop);

// Calls `visit` with every entry of a directory. Entries come before it is known that all is well, as reading is.
// Errors: `invalid` when it is no directory, `corrupt`, those of read_object, and the visitor's.
Result<> visit_directory(repo::Repository& repository, const DirEntry& directory,
                         const std::function<Result<>(DirEntry&&)>& visit, std::stop_token stop);

// The entry at a path of names divided by '/', below `root`; `root` itself for none. not_found names the first that is
// missing.
Result<DirEntry> entry_at(repo::Repository& repository, DirEntry root, std::string_view path, std::stop_token stop);

}  // namespace salvor::snapshot
