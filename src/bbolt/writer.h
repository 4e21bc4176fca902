// Writer: a new bbolt file, written once from front to back out of entries that come in order.
//
// Leaves fill up and are written; a leaf that was written becomes an element of the branch above it, which fills up in
// its turn. So the file has no free page, its keys lie on the disk in their order, and memory holds one page of each
// level. The two meta pages come last: before them the file is no database.
//
// The list of free pages is written although etcd's files have none: it is empty, and with it bbolt opens the file
// without reading all of it to find that out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bbolt/database.h"
#include "bbolt/page.h"
#include "os/filesystem.h"

namespace salvor::bbolt {

// One page while it fills.
class PageBuilder {
 public:
  bool empty() const { return items_.empty(); }
  std::size_t count() const { return items_.size(); }
  // Of the page, with its header.
  std::size_t bytes() const { return kPageHeaderBytes + items_.size() * kElementBytes + text_.size(); }
  ByteView first_key() const;

  void add_entry(ByteView key, ByteView value, std::uint32_t flags);
  void add_child(ByteView key, std::uint64_t id);
  // The page of the first `count` elements, which then are no longer here; a whole number of `page_size`.
  void take(Bytes& image, std::uint64_t id, std::uint16_t flags, std::size_t count, std::size_t page_size);

 private:
  struct Item {
    std::uint32_t key_size = 0, value_size = 0, flags = 0;
    std::uint64_t child = 0;
  };
  std::vector<Item> items_;
  Bytes text_;  // keys and values, one behind the other
};

class Writer {
 public:
  struct Written {
    std::uint64_t pages = 0, bytes = 0;
  };

  // `file` is empty and must outlive this; its write_at writes everything (os/steady_filesystem.h).
  Writer(os::File& file, std::uint32_t page_size);

  // Requires: names and keys come in ascending order, not empty; `invalid` for a key or a value that is too large.
  Result<> begin_bucket(ByteView name, std::uint64_t sequence);
  Result<> put(ByteView key, ByteView value);
  Result<> end_bucket();
  // Nothing is synced.
  Result<Written> finish();

 private:
  // One bucket's pages while they are written.
  struct Tree {
    PageBuilder leaf;
    std::vector<PageBuilder> branches;  // lowest first
  };

  Result<> add(Tree& tree, ByteView key, ByteView value, std::uint32_t flags);
  Result<> add_child(Tree& tree, std::size_t level, ByteView key, std::uint64_t id);
  Result<std::uint64_t> finish_tree(Tree& tree);
  Result<std::uint64_t> write(PageBuilder& page, std::uint16_t flags, std::size_t count);
  Result<> write_bytes(ByteView bytes);
  Result<> flush();
  Result<> write_at(ByteView bytes, std::uint64_t offset);

  os::File& file_;
  const std::uint32_t page_size_;
  std::uint64_t next_page_ = 2;
  Bytes pending_;  // written pages on their way to the file
  std::uint64_t pending_at_;
  Bytes image_;
  Tree root_;
  std::optional<Tree> bucket_;
  Bytes name_;
  std::uint64_t sequence_ = 0;
};

}  // namespace salvor::bbolt
