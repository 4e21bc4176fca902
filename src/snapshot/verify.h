// Verifying snapshots: that what they need is there, and, where it is read, what was written.
//
//   existence   every content that a snapshot needs is in an index, not deleted, and its pack is there and long enough;
//               directories and lists are read on the way
//   a slice     and the contents of some of the packs are read, opened and hashed again; runs over all slices read all
//   full        and all contents are
//
// Contents are read pack by pack, each once (repo/pack_reader.h). Stock takes a content for good when it opens; here
// its hash is compared with its id as well. Only when something is wrong are the snapshots searched for the paths that
// need it. Memory: some bits for each content of the repository, and 12 bytes for each that is read.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/guarded.h"
#include "repo/repository.h"
#include "snapshot/entry.h"

namespace salvor::snapshot {

struct VerifyOptions {
  std::uint32_t slices = 0;   // 0: nothing is read but what leads on; 1: everything
  std::uint32_t slice = 0;    // which of them, below `slices`
  bool all_contents = false;  // those that no snapshot needs too
  unsigned threads = 4;
};

// In which slice the contents of a pack are: FNV-1a of its id, modulo.
std::uint32_t slice_of(std::string_view pack, std::uint32_t slices);

struct VerifyRoot {
  std::string name;  // for people: the snapshot's id
  DirEntry entry;
};

// May be read by another thread meanwhile.
struct VerifyProgress {
  std::atomic<std::uint64_t> contents{0};               // looked up, or read where they are read
  std::atomic<std::uint64_t> contents_total{0};         // to be read; 0 while it is not known
  std::atomic<std::uint64_t> bytes{0}, bytes_total{0};  // of packs
  Guarded<std::string> current;                         // what is being done
};

struct Verified {
  std::uint64_t directories = 0, entries = 0;       // distinct directories; files and links in them
  std::uint64_t contents = 0, packed_bytes = 0;     // that must be there
  std::uint64_t read_contents = 0, read_bytes = 0;  // of them, opened and hashed
  std::uint64_t damaged_contents = 0;               // that are in an index
  std::uint64_t problems = 0;                       // told
};

// What is not as it was saved: the root by its number and the path below it, empty for the root itself; or no root for
// a content that no snapshot needs. On the caller's thread. Every path that needs what is damaged is told.
using VerifyProblem = std::function<void(std::optional<std::size_t> root, const std::string& path, const Error& why)>;

// Errors: the storage cannot be reached, a damaged index, cancelled. Damage of contents is told, and no Error.
Result<Verified> verify(repo::Repository& repository, std::span<const VerifyRoot> roots, const VerifyOptions& options,
                        VerifyProgress& progress, const VerifyProblem& problem, std::stop_token stop);

}  // namespace salvor::snapshot
