// MergedIndex: all indexes of a repository as one. Of what they say of a content, one entry counts (`supersedes`).
//
// The deletion watermark (kopia repo/content/committed_content_index.go): maintenance announces a time, and entries
// that say `deleted` at or before it are then as if no index spoke of the content, before they are cleaned away.
#pragma once

#include <limits>
#include <optional>
#include <vector>

#include "repo/index_reader.h"

namespace salvor::repo {

// Thread-safe; a stream is not. The bytes under the indexes must stay while this, its streams and their entries are
// used.
class MergedIndex {
 public:
  static constexpr std::int64_t kNoWatermark = std::numeric_limits<std::int64_t>::min();

  // `deletion_watermark` in Unix seconds. With kNoWatermark all deleted entries are shown.
  explicit MergedIndex(std::vector<IndexReader> indexes, std::int64_t deletion_watermark = kNoWatermark);

  // Nothing when no index has it. The entry may be `deleted`. `corrupt` when an index is damaged there.
  Result<std::optional<ContentEntry>> find(const ContentId& id) const;

  // A content by the row of the entry that counts, the rows of all indexes numbered through: four bytes that name one
  // of millions of contents, as long as nothing is read anew.
  using Position = std::uint32_t;
  struct Located {
    Position position = 0;
    ContentEntry entry;
  };
  // How many rows there are, those of entries that do not count among them.
  std::uint64_t rows() const { return first_rows_.empty() ? 0 : first_rows_.back() + indexes_.back().count(); }
  // As find(). `unsupported` for more rows than a Position can tell apart.
  Result<std::optional<Located>> locate(const ContentId& id) const;
  // What the row says, whether it counts or not. `corrupt` when the index is damaged there. Requires: position <
  // rows().
  Result<ContentEntry> at(Position position) const;

  // Every content once, by ascending id.
  class Stream {
   public:
    // Nothing at the end. `corrupt` when an index is damaged or not in order; the stream is then over.
    Result<std::optional<ContentEntry>> next();

   private:
    friend class MergedIndex;
    struct Head {
      ByteView key;
      const IndexReader* index;
      IndexReader::Range rest;  // begins with the row of `key`
    };
    explicit Stream(const MergedIndex& merged) : merged_(&merged) {}
    void push(Head head);
    // The entry of the least key; its index moves on.
    Result<ContentEntry> take();

    const MergedIndex* merged_;
    std::vector<Head> heads_;  // a heap, the least key in front
  };
  Stream all() const;
  // Contents whose id has this letter, 0 for those that have none.
  Stream with_prefix(char prefix) const;

 private:
  bool is_hidden(const ContentEntry& entry) const {
    return entry.deleted && entry.timestamp_seconds <= deletion_watermark_;
  }
  std::vector<IndexReader> indexes_;
  std::vector<std::uint64_t> first_rows_;  // of each index
  std::int64_t deletion_watermark_;
};

}  // namespace salvor::repo
