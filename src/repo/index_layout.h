// What the two versions of an index share: a header, rows of one size sorted by key, tables, and the names of packs.
//
// IndexLayout is the header after it was checked against the size of the index: rows and tables lie inside. What a row
// points at (a name, a pack, a format) is checked when the row is read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "repo/content_entry.h"

namespace salvor::repo {

enum class IndexVersion : std::uint8_t { v1 = 1, v2 = 2 };

struct IndexLayout {
  IndexVersion version = IndexVersion::v2;
  std::size_t key_size = 0;    // bytes
  std::size_t value_size = 0;  // bytes of a row without its key
  std::size_t rows_offset = 0;
  std::uint32_t count = 0;

  // Version 1 stores no original length: packed contents are longer than it by so many bytes.
  std::uint32_t v1_overhead = 0;

  // Version 2.
  std::size_t packs_offset = 0, formats_offset = 0;
  std::uint32_t pack_count = 0, format_count = 0;
  std::uint32_t base_timestamp = 0;  // seconds

  std::size_t row_size() const { return key_size + value_size; }
};

// A key of an index that has no rows, as stock writes it.
constexpr std::size_t kEmptyIndexKeyBytes = 255;

Error damaged_index(std::string what);
// A prefix and a hash of at least one byte; the sizes are those of `count` rows.
bool is_index_key_size(std::size_t size, std::uint32_t count);

// The names of packs one after the other, in the order of first use.
class PackNames {
 public:
  struct Place {
    std::uint32_t number = 0;
    std::uint32_t offset = 0;  // in text()
    std::uint8_t size = 0;
  };
  // `invalid` for a name over 255 bytes, `unsupported` for more names than an index of 4 GiB holds.
  Result<Place> place(std::string_view name);

  const std::vector<Place>& places() const { return places_; }
  const Bytes& text() const { return text_; }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<> > numbers_;
  std::vector<Place> places_;
  Bytes text_;
};

}  // namespace salvor::repo
