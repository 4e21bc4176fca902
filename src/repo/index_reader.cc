#include "repo/index_reader.h"

#include <algorithm>
#include <array>

#include "repo/index_v1.h"
#include "repo/index_v2.h"

namespace salvor::repo {

Result<IndexReader> IndexReader::open(ByteView bytes, std::uint32_t v1_overhead) {
  if (bytes.empty()) return damaged_index("it is empty");
  switch (std::to_integer<int>(bytes[0])) {
    case 1: return IndexReader(bytes, TRY(read_v1_layout(bytes, v1_overhead)));
    case 2: return IndexReader(bytes, TRY(read_v2_layout(bytes)));
    default: return Error(Code::unsupported, "an index of version " + std::to_string(std::to_integer<int>(bytes[0])));
  }
}

ByteView IndexReader::key(std::uint32_t position) const {
  return bytes_.subspan(layout_.rows_offset + position * layout_.row_size(), layout_.key_size);
}

Result<ContentEntry> IndexReader::entry(std::uint32_t position) const {
  const ByteView row = bytes_.subspan(layout_.rows_offset + position * layout_.row_size(), layout_.row_size());
  ContentEntry entry;
  auto id = ContentId::from_binary(row.first(layout_.key_size));
  if (!id.ok()) return damaged_index("a key is no content id");
  entry.id = *id;
  const ByteView value = row.subspan(layout_.key_size);
  if (layout_.version == IndexVersion::v1) {
    TRY(read_v1_value(bytes_, layout_, value, entry));
  } else {
    TRY(read_v2_value(bytes_, layout_, value, entry));
  }
  return entry;
}

std::uint32_t IndexReader::lower_bound(ByteView wanted) const {
  std::uint32_t begin = 0, end = count();
  while (begin < end) {
    const std::uint32_t middle = begin + (end - begin) / 2;
    if (compare_binary(key(middle), wanted) < 0) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin;
}

IndexReader::Range IndexReader::with_prefix(char prefix) const {
  const std::array<std::byte, 1> first{static_cast<std::byte>(prefix)}, behind{static_cast<std::byte>(prefix + 1)};
  const std::uint32_t begin = lower_bound(first);
  return {begin, std::max(begin, lower_bound(behind))};
}

std::optional<std::uint32_t> IndexReader::position_of(const ContentId& id) const {
  const std::uint32_t position = lower_bound(id.binary());
  if (position == count() || compare_binary(key(position), id.binary()) != 0) return std::nullopt;
  return position;
}

Result<std::optional<ContentEntry>> IndexReader::find(const ContentId& id) const {
  const std::optional<std::uint32_t> position = position_of(id);
  if (!position) return std::optional<ContentEntry>();
  return std::optional(TRY(entry(*position)));
}

}  // namespace salvor::repo
