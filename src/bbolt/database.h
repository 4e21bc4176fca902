// Database: a bbolt file that is read, and Cursor, which goes through one of its buckets in the order of keys.
//
// The file may come from anywhere. No read leaves it, no page is taken for another one, the keys of a page lie in the
// range that the pages above it promise, and the way down has a greatest depth. So ranges of sisters do not overlap, no
// page can be reached twice by one cursor without an error, and walking over any file ends. What is held in memory is
// the way from the root to one leaf.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "bbolt/meta.h"
#include "bbolt/page.h"
#include "bbolt/source.h"

namespace salvor::bbolt {

// Where the entries of a bucket are: a root page, or, for a small one, a page inside the bucket's own value.
struct Bucket {
  std::uint64_t root = 0;  // 0: inline
  std::uint64_t sequence = 0;
  Bytes inline_page = {};

  // The value of an element that is a bucket.
  static Result<Bucket> parse(ByteView value);
};

class Database {
 public:
  // A page with a value of etcd's has a few megabytes at most; a larger one is `unsupported`.
  static constexpr std::uint64_t kMaxPageBytes = 256 << 20;

  // The first `size` bytes of `source`, which must outlive this. `corrupt` when there is no database in it, or when its
  // end is missing.
  static Result<Database> open(Source& source, std::uint64_t size);

  const Meta& meta() const { return meta_; }
  // What is wrong with the meta page that does not count; empty when nothing is.
  const std::string& meta_damage() const { return meta_damage_; }
  std::uint64_t bytes() const { return meta_.page_count * meta_.page_size; }
  // The bucket of buckets.
  Bucket root() const { return {.root = meta_.root, .sequence = meta_.root_sequence}; }

  // The page with all its overflow.
  Result<PageHeader> read_page(std::uint64_t id, Bytes& image) const;

 private:
  Database(Source& source, ChosenMeta chosen)
      : source_(&source), meta_(chosen.meta), meta_damage_(std::move(chosen.damage)) {}
  Source* source_;
  Meta meta_;
  std::string meta_damage_;
};

// Which pages were met, one bit each.
class PageMarks {
 public:
  explicit PageMarks(std::uint64_t pages) : bits_(pages, false) {}
  // False when one of them was met before. Requires: they are pages of the file.
  [[nodiscard]] bool mark(std::uint64_t first, std::uint64_t count);
  std::uint64_t marked() const { return marked_; }

 private:
  std::vector<bool> bits_;
  std::uint64_t marked_ = 0;
};

class Cursor {
 public:
  // With `marks` every page that is read is marked, and one that was marked before is an error.
  // `database` and `marks` must outlive this.
  Cursor(const Database& database, Bucket bucket, PageMarks* marks = nullptr);

  // True when there is an entry; the cursor then stands on it.
  Result<bool> first();
  Result<bool> last();
  // The first entry whose key is not less than `key`.
  Result<bool> seek(ByteView key);
  // Requires: the cursor stands on an entry.
  Result<bool> next();

  // Of the entry that the cursor stands on; good until it moves.
  ByteView key() const { return levels_[depth_ - 1].page.key(levels_[depth_ - 1].index); }
  ByteView value() const { return levels_[depth_ - 1].page.value(levels_[depth_ - 1].index); }
  bool is_bucket() const { return levels_[depth_ - 1].page.is_bucket(levels_[depth_ - 1].index); }

 private:
  struct Level {
    Bytes image;
    PageView page;
    std::size_t index = 0;
    ByteView end;  // keys are less than it; empty: no end. It lies in the image of a level above
  };

  // Puts the page on a new level. `begin` and `end` are the range that its parent gives it.
  Result<> enter(std::uint64_t id, ByteView begin, ByteView end);
  Result<> enter_root();
  Result<> enter_child();
  Result<> check_range(const Level& level, ByteView begin) const;
  template <class Choose>
  Result<bool> descend(const Choose& choose);

  const Database* database_;
  Bucket bucket_;
  PageMarks* marks_;
  std::vector<Level> levels_;  // its buffers are used again
  std::size_t depth_ = 0;
};

}  // namespace salvor::bbolt
