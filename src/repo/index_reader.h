// IndexReader looks into one index, of either version, as it lies in memory: nothing is unpacked or copied.
//
//   const IndexReader index = TRY(IndexReader::open(bytes));
//   if (const auto entry = TRY(index.find(id))) ...
//   for (std::uint32_t i = 0; i < index.count(); ++i) { const ContentEntry entry = TRY(index.entry(i)); ... }
//
// Index blobs are encrypted with a key and so are as they were written, but one who has the key, or kopia's own disk
// cache, may still hand over anything: every offset is checked before it is followed. That rows are sorted is not
// checked by `open`, which would read them all; in an index that is not, `find` may miss what is there.
#pragma once

#include <optional>

#include "repo/content_entry.h"
#include "repo/index_layout.h"

namespace salvor::repo {

// A value; copies look into the same bytes. Thread-safe.
class IndexReader {
 public:
  // Positions of rows, the end not included.
  struct Range {
    std::uint32_t begin = 0, end = 0;
  };

  // `bytes` must stay as they are while this and its entries are used; what follows the index in them (random bytes
  // that make its name unique) does not matter. `v1_overhead` is how much longer encryption makes a content, which
  // version 1 does not store. Errors: corrupt; unsupported for another version.
  static Result<IndexReader> open(ByteView bytes, std::uint32_t v1_overhead = 28);

  std::uint32_t count() const { return layout_.count; }
  Range all() const { return {0, count()}; }
  // The rows whose id has this letter, 0 for those that have none.
  Range with_prefix(char prefix) const;

  // Requires: position < count().
  ByteView key(std::uint32_t position) const;
  // `corrupt` when the row leads outside. Requires: position < count().
  Result<ContentEntry> entry(std::uint32_t position) const;

  // The row of this id; nothing when it is not there.
  std::optional<std::uint32_t> position_of(const ContentId& id) const;
  // Nothing when the id is not there. `corrupt` as for entry().
  Result<std::optional<ContentEntry>> find(const ContentId& id) const;

 private:
  IndexReader(ByteView bytes, const IndexLayout& layout) : bytes_(bytes), layout_(layout) {}
  // The first row whose key is not less.
  std::uint32_t lower_bound(ByteView key) const;

  ByteView bytes_;
  IndexLayout layout_;
};

}  // namespace salvor::repo
