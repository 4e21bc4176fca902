// IdSet: content ids of one length in one table, some 30 bytes each where a std::set takes 100.
//
// Open addressing; an id's hash is the hash of the table. It is keyed with the repository's secret, so nobody chooses
// where ids fall.
#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "repo/content_id.h"

namespace salvor::repo {

// Not thread-safe.
class IdSet {
 public:
  // Whether it was not there before. Requires: an id, of the length of those that are in.
  bool insert(const ContentId& id);
  bool contains(const ContentId& id) const;
  void erase(const ContentId& id);
  void clear() { *this = IdSet(); }
  std::size_t size() const { return size_; }

 private:
  std::size_t home_of(ByteView key) const;
  // Where the key is, or the free place where it would be put. Requires: a table.
  std::size_t find(ByteView key) const;
  bool is_used(std::size_t at) const { return table_[at * stride()] != std::byte{0}; }
  std::byte* place(std::size_t at) { return table_.data() + at * stride(); }
  ByteView key_at(std::size_t at) const { return ByteView(table_).subspan(at * stride() + 1, key_bytes_); }
  std::size_t stride() const { return 1 + key_bytes_; }
  void grow();

  Bytes table_;  // places of a byte that tells whether it is used, and a key
  std::size_t key_bytes_ = 0, places_ = 0, size_ = 0;
};

}  // namespace salvor::repo
