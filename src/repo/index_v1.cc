#include "repo/index_v1.h"

#include <limits>

#include "repo/big_endian.h"

namespace salvor::repo {
namespace {

constexpr std::uint32_t kDeleted = 1U << 31;
constexpr std::size_t kNameOffset = 8;  // in a value

}  // namespace

Result<IndexLayout> read_v1_layout(ByteView index, std::uint32_t overhead) {
  if (index.size() < kV1HeaderBytes) return damaged_index("it is shorter than its header");
  IndexLayout layout;
  layout.version = IndexVersion::v1;
  layout.v1_overhead = overhead;
  layout.key_size = load_big_endian(index.subspan(1, 1));
  layout.value_size = load_big_endian(index.subspan(2, 2));
  layout.count = load_big_endian32(index.subspan(4, 4));
  layout.rows_offset = kV1HeaderBytes;
  if (!is_index_key_size(layout.key_size, layout.count)) return damaged_index("its keys have an impossible size");
  if (layout.value_size != kV1ValueBytes) return damaged_index("its rows have an impossible size");
  if (layout.count > (index.size() - kV1HeaderBytes) / layout.row_size()) {
    return damaged_index("it is shorter than its rows");
  }
  return layout;
}

Result<> read_v1_value(ByteView index, const IndexLayout& layout, ByteView value, ContentEntry& entry) {
  entry.timestamp_seconds = static_cast<std::int64_t>(load_big_endian(value.subspan(0, 6)));
  entry.format_version = std::to_integer<std::uint8_t>(value[6]);
  const std::size_t name_size = std::to_integer<std::size_t>(value[7]);
  const std::size_t name_offset = load_big_endian(value.subspan(kNameOffset, 4));
  if (name_offset > index.size() || name_size > index.size() - name_offset) {
    return damaged_index("the name of a pack lies outside");
  }
  entry.pack_blob_id = as_text(index.subspan(name_offset, name_size));
  const std::uint32_t flagged = load_big_endian32(value.subspan(12, 4));
  entry.deleted = (flagged & kDeleted) != 0;
  entry.pack_offset = flagged & ~kDeleted;
  entry.packed_length = load_big_endian32(value.subspan(16, 4));
  if (entry.packed_length < layout.v1_overhead) return damaged_index("a content is shorter than its encryption");
  entry.original_length = entry.packed_length - layout.v1_overhead;
  return {};
}

Result<> write_v1_value(const ContentEntry& entry, const PackNames::Place& pack, MutableByteView value) {
  constexpr std::int64_t kMostSeconds = (std::int64_t{1} << 48) - 1;
  if (entry.timestamp_seconds < 0 || entry.timestamp_seconds > kMostSeconds) {
    return Error(Code::invalid, "an index of version 1 cannot hold this time");
  }
  if (entry.compression_id != 0 || entry.encryption_key_id != 0) {
    return Error(Code::invalid, "an index of version 1 cannot hold compressed contents, or keys by number");
  }
  if (entry.pack_offset >= kDeleted) return Error(Code::invalid, "an index of version 1 ends its packs at 2 GiB");
  if (pack.size == 0) return Error(Code::invalid, "an index of version 1 wants a pack for every content");
  store_big_endian(value.subspan(0, 6), static_cast<std::uint64_t>(entry.timestamp_seconds));
  value[6] = static_cast<std::byte>(entry.format_version);
  value[7] = static_cast<std::byte>(pack.size);
  store_big_endian(value.subspan(kNameOffset, 4), pack.offset);
  store_big_endian(value.subspan(12, 4), entry.pack_offset | (entry.deleted ? kDeleted : 0));
  store_big_endian(value.subspan(16, 4), entry.packed_length);
  return {};
}

Result<> finish_v1(Bytes& index, std::size_t key_size, std::uint32_t count, const PackNames& packs) {
  const std::size_t names_offset = index.size();
  if (names_offset + packs.text().size() > std::numeric_limits<std::uint32_t>::max()) {
    return Error(Code::unsupported, "an index of more than 4 GiB");
  }
  const MutableByteView all(index);
  all[0] = std::byte{1};
  all[1] = static_cast<std::byte>(count == 0 ? kEmptyIndexKeyBytes : key_size);
  store_big_endian(all.subspan(2, 2), kV1ValueBytes);
  store_big_endian(all.subspan(4, 4), count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t row = kV1HeaderBytes + i * (key_size + kV1ValueBytes);
    const MutableByteView offset = all.subspan(row + key_size + kNameOffset, 4);
    store_big_endian(offset, names_offset + load_big_endian(offset));
  }
  append(index, packs.text());
  return {};
}

}  // namespace salvor::repo
