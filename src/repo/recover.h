// Contents that packs hold and no index knows: found by the local index that every pack ends with, and named again.
//
// Packs that some index speaks of are whole as far as that goes, so by default only those that none mentions are looked
// into; they are what a lost index blob leaves. Among them are also packs whose contents maintenance has given up and
// not removed yet: naming these again takes up space until maintenance finds once more that nothing needs them, and
// does no other harm. Packs of a session whose marker is there are left alone: their writer is about to write their
// index.
//
// What an index speaks of already, be it as deleted, is left as it says. Kopia: repo/content/content_index_recovery.go,
// which adds all that it finds.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/rng.h"
#include "repo/repository.h"

namespace salvor::repo {

struct RecoverOptions {
  bool all_packs = false;  // also those that an index mentions
  unsigned threads = 4;
};

struct UnreadablePack {
  std::string id;
  std::string why;
};

// What can be named again. Entries hold views into `names`; moving it keeps them. Memory: some 90 bytes a content.
struct Recovered {
  std::deque<std::string> names;
  std::vector<ContentEntry> entries;  // by id, each once
  std::uint64_t packs = 0;            // that were looked into
  std::uint64_t packs_with_contents = 0;
  std::uint64_t packed_bytes = 0;  // of entries
  std::uint64_t left_alone = 0;    // packs of sessions that are going on
  std::vector<UnreadablePack> unreadable;
};

// Errors: the storage's. A pack whose local index cannot be read is among `unreadable`.
Result<Recovered> find_unindexed(Repository& repository, const RecoverOptions& options,
                                 std::atomic<std::uint64_t>& done, std::stop_token stop);

// The entries of one pack's local index, with views into `pack`. `corrupt` when it has none that opens, or it names
// what is not in the pack; `size` is that of the pack. Errors of the storage.
Result<std::vector<ContentEntry> > read_local_index(BlobStore& store, const std::string& pack, std::uint64_t size,
                                                    Sealer& sealer, std::stop_token stop);

// Writes an index of them. Errors: `unsupported` for a repository of format 1, those of publish_index.
Result<> index_again(Repository& repository, const Recovered& recovered, Clock& clock, Rng& rng, std::stop_token stop);

}  // namespace salvor::repo
