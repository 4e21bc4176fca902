// How a repository is: what it holds, how much of that is stored once, and what maintenance will free.
#pragma once

#include <cstdint>
#include <stop_token>

#include "repo/repository.h"

namespace salvor::snapshot {

struct Amount {
  std::uint64_t contents = 0;
  std::uint64_t original_bytes = 0, packed_bytes = 0;

  void add(const repo::ContentEntry& entry) {
    ++contents;
    original_bytes += entry.original_length;
    packed_bytes += entry.packed_length;
  }
};

struct Health {
  std::uint64_t snapshots = 0, damaged_snapshots = 0, incomplete_snapshots = 0;
  std::uint64_t logical_bytes = 0;  // of files, in all snapshots together
  Amount data, metadata;            // contents that are not deleted: of files; of directories, lists and manifests
  Amount deleted;                   // of which only a word in an index is left, and their bytes for now
  Amount unneeded;                  // part of data and metadata that no snapshot needs; maintenance deletes it
  std::uint64_t lost_contents = 0;  // that snapshots need and that are not there; `snapshot verify` names them
  std::uint64_t packs = 0, pack_bytes = 0;
  std::uint64_t dead_packs = 0, dead_pack_bytes = 0;  // that hold nothing that is needed
  std::uint64_t index_blobs = 0, index_bytes = 0;

  // How many times more the snapshots hold than is stored of it before compression; 0 when there is nothing.
  double deduplication() const;
  double compression() const;
};

// Reads every directory once, and no file. Errors: the storage's, a damaged index, a damaged manifest.
Result<Health> look_at_health(repo::Repository& repository, unsigned threads, std::stop_token stop);

}  // namespace salvor::snapshot
