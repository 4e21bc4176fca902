// PackBuilder: contents, sealed already, into a pack (pack_layout.h), in memory until it is finished.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/rng.h"
#include "repo/content_entry.h"
#include "repo/hashing.h"
#include "repo/sealer.h"

namespace salvor::repo {

// A whole pack and what an index has to say of it. The entries' pack_blob_id looks into `blob_id`, which must not be
// moved from while they are used.
struct FinishedPack {
  std::string blob_id;
  Bytes bytes;
  std::vector<ContentEntry> entries;  // by id
};

// Not thread-safe. For repositories of format 2 and 3.
class PackBuilder {
 public:
  // `kind` is 'p' for data and 'q' for contents with a letter; the name of the pack is drawn. `memory` is what it is
  // built in: what it holds is dropped, and its room is used.
  PackBuilder(char kind, std::string_view session, Rng& rng, Bytes memory = {});

  // Takes a content; of `entry` the place is filled in here. `invalid` when the pack would reach beyond what an index
  // can say, 1 GiB.
  Result<> add(ContentEntry entry, ByteView sealed);
  // The same, sealed here, straight into the pack.
  Result<> seal(ContentEntry entry, ByteView plain, Sealer& sealer, Rng& rng);
  // Of what the storage will get, but for the index at its end. Bytes.
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return entries_.empty(); }

  // Pads it and writes the local index and where that is. Requires: not empty.
  Result<FinishedPack> finish(Sealer& sealer, Hasher& hasher, Rng& rng) &&;

 private:
  std::string blob_id_;
  Bytes bytes_;
  std::vector<ContentEntry> entries_;
};

}  // namespace salvor::repo
