// HeldDirectory: a directory of a snapshot as it is held while somebody looks into it: some 60 bytes, the name and the
// object's id for each entry. The order is that of the directory; names are found by halving.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "snapshot/entry.h"

namespace salvor::snapshot {

class HeldDirectory {
 public:
  struct Row {
    std::uint64_t size = 0;
    Time modified{};
    std::uint32_t mode = 0, uid = 0, gid = 0;
    std::uint32_t text_at = 0;  // of the name, then the object
    std::uint16_t name_size = 0, object_size = 0;
    EntryType type = EntryType::unknown;
  };

  // False for an entry that has no name that could be shown, or one longer than file systems have.
  bool add(const DirEntry& entry);
  // After the last add().
  void finish();

  std::size_t size() const { return rows_.size(); }
  // Requires: index < size().
  const Row& row(std::size_t index) const { return rows_[index]; }
  std::string_view name(const Row& row) const { return std::string_view(text_).substr(row.text_at, row.name_size); }
  std::string_view object(const Row& row) const {
    return std::string_view(text_).substr(row.text_at + row.name_size, row.object_size);
  }
  // Of several with one name, which names that were no UTF-8 can lead to, the first.
  std::optional<std::size_t> find(std::string_view name) const;
  std::uint64_t bytes() const;

 private:
  std::string text_;
  std::vector<Row> rows_;
  std::vector<std::uint32_t> by_name_;
};

}  // namespace salvor::snapshot
