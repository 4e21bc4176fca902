// PackBuilder: contents, sealed already or sealed here, into a pack (pack_layout.h).
//
// A pack is named before it has bytes, so where the storage takes what is written as it comes, a directory, it goes
// there at once and needs no memory; nobody sees it before it is whole. For a bucket it is built in memory: one request
// costs less there than the several of an upload in parts.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/rng.h"
#include "repo/blob_store.h"
#include "repo/content_entry.h"
#include "repo/hashing.h"
#include "repo/sealer.h"

namespace salvor::repo {

// A whole pack that is not there yet, and what an index has to say of it. The entries' pack_blob_id looks into
// `blob_id`, which must not be moved from while they are used.
struct FinishedPack {
  std::string blob_id;
  std::uint64_t size = 0;
  Bytes bytes;                                 // what `stream` has not got: without one, all of them
  std::unique_ptr<store::WriteStream> stream;  // to be committed
  std::vector<ContentEntry> entries;           // by id

  // The pack is there then. Of its bytes only the memory is left.
  Result<> store(BlobStore& blobs, std::stop_token stop);
};

// Not thread-safe. For repositories of format 2 and 3.
class PackBuilder {
 public:
  // `kind` is 'p' for data and 'q' for contents with a letter; the name of the pack is drawn. `memory` is what it is
  // built in: what it holds is dropped, and its room is used. Nothing stops its stream: a pack outlives the threads,
  // and their stop tokens, that fill it.
  static Result<PackBuilder> begin(char kind, std::string_view session, BlobStore& blobs, Rng& rng, Bytes memory);

  // Takes a content; of `entry` the place is filled in here. `invalid` when the pack would reach beyond what an index
  // can say, 1 GiB; else errors of the storage. After an error the pack is lost.
  Result<> add(ContentEntry entry, ByteView sealed);
  // The same, sealed here, straight into the pack.
  Result<> seal(ContentEntry entry, ByteView plain, Sealer& sealer, Rng& rng);
  // Of what the storage will get, but for the index at its end. Bytes.
  std::size_t size() const { return gone_ + bytes_.size(); }
  bool empty() const { return entries_.empty(); }

  // Pads it and writes the local index and where that is. Requires: not empty.
  Result<FinishedPack> finish(Sealer& sealer, Hasher& hasher, Rng& rng) &&;

 private:
  PackBuilder(std::string blob_id, std::unique_ptr<store::WriteStream> stream, Bytes memory)
      : blob_id_(std::move(blob_id)), stream_(std::move(stream)), bytes_(std::move(memory)) {}
  Result<> place(ContentEntry entry, std::size_t offset);
  Result<> drain(std::size_t from);

  std::string blob_id_;
  std::unique_ptr<store::WriteStream> stream_;  // of packs that are built in the storage
  std::size_t gone_ = 0;                        // bytes that it has got
  Bytes bytes_;                                 // those behind them
  std::vector<ContentEntry> entries_;
};

}  // namespace salvor::repo
