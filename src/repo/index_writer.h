// IndexWriter makes an index from entries that come in the order of their ids, byte for byte as stock kopia does (kopia
// repo/content/index/index_builder.go).
//
//   IndexWriter writer(IndexVersion::v2);
//   for (...) TRY(writer.add(entry));
//   const Bytes index = TRY(std::move(writer).finish());
//
// Rows are written as they come, so that memory is the index and the names of its packs. The index of a pack, and of a
// repository of format 1, gets random bytes behind it (pack_layout.h); others get none, so that two clients that
// compact the same indexes make the same blob.
#pragma once

#include "repo/content_entry.h"
#include "repo/index_layout.h"
#include "repo/index_v2.h"

namespace salvor::repo {

// Not thread-safe.
class IndexWriter {
 public:
  explicit IndexWriter(IndexVersion version);

  // `invalid` when the id does not come behind the one before or has another length, and when this version cannot hold
  // the entry (index_v1.h, index_v2.h). After an error the writer is of no use.
  Result<> add(const ContentEntry& entry);
  std::uint32_t count() const { return count_; }
  // `invalid` for version 2 without entries, which stock does not write; `unsupported` over 4 GiB.
  Result<Bytes> finish() &&;

 private:
  IndexVersion version_;
  Bytes index_;  // room for the header, then rows
  ContentId last_;
  std::uint32_t count_ = 0;
  PackNames packs_;
  V2Formats formats_;
};

// An index of more entries than this is split (kopia repo/content/indexblob/index_blob.go).
constexpr std::uint32_t kMostEntriesOfAnIndex = 16'000'000;
// In which of `shards` indexes an entry belongs then: FNV-1a of the id's text, modulo.
std::uint32_t index_shard(const ContentId& id, std::uint32_t shards);

}  // namespace salvor::repo
