#include "repo/index_v2.h"

#include <algorithm>
#include <limits>

#include "repo/big_endian.h"

namespace salvor::repo {
namespace {

constexpr std::uint32_t kDeleted = 1U << 31;
constexpr std::size_t kPackBytes = 5, kFormatBytes = 6;
constexpr std::size_t kFormatAt = 16, kPackHighAt = 17, kLengthsHighAt = 18;  // in a value, when it reaches so far
constexpr std::uint32_t kShortPacks = 1U << 16, kShortLength = 1U << 24;

// What stock refuses to write.
constexpr std::uint32_t kMostPackOffset = 1U << 30, kMostLength = 1U << 28, kMostPacks = 1U << 24;
constexpr std::size_t kMostFormats = 255;

Error cannot_hold(std::string what) { return Error(Code::invalid, "an index of version 2 cannot hold " + what); }

Result<> read_format(ByteView index, const IndexLayout& layout, ByteView value, ContentEntry& entry) {
  const std::size_t number = value.size() > kFormatAt ? std::to_integer<std::size_t>(value[kFormatAt]) : 0;
  if (number >= layout.format_count) return damaged_index("a row has a format that is not there");
  const ByteView format = index.subspan(layout.formats_offset + number * kFormatBytes, kFormatBytes);
  entry.compression_id = load_big_endian32(format.subspan(0, 4));
  entry.format_version = std::to_integer<std::uint8_t>(format[4]);
  entry.encryption_key_id = std::to_integer<std::uint8_t>(format[5]);
  return {};
}

Result<> read_pack(ByteView index, const IndexLayout& layout, ByteView value, ContentEntry& entry) {
  std::size_t number = load_big_endian(value.subspan(14, 2));
  if (value.size() > kPackHighAt) number |= std::to_integer<std::size_t>(value[kPackHighAt]) << 16;
  if (number >= layout.pack_count) return damaged_index("a row has a pack that is not there");
  const ByteView pack = index.subspan(layout.packs_offset + number * kPackBytes, kPackBytes);
  const std::size_t size = std::to_integer<std::size_t>(pack[0]), offset = load_big_endian(pack.subspan(1, 4));
  if (offset > index.size() || size > index.size() - offset) return damaged_index("the name of a pack lies outside");
  entry.pack_blob_id = as_text(index.subspan(offset, size));
  return {};
}

Result<std::uint8_t> format_number(const ContentEntry& entry, std::vector<V2Formats::Format>& formats) {
  const V2Formats::Format format{entry.compression_id, entry.format_version, entry.encryption_key_id};
  const auto known = std::ranges::find(formats, format);
  if (known == formats.end()) {
    if (formats.size() == kMostFormats) return cannot_hold("more than 255 formats");
    formats.push_back(format);
    return static_cast<std::uint8_t>(formats.size() - 1);
  }
  return static_cast<std::uint8_t>(known - formats.begin());
}

std::size_t value_size(std::size_t packs, const V2Formats& formats) {
  if (formats.long_lengths) return kLengthsHighAt + 1;
  if (packs > kShortPacks) return kPackHighAt + 1;
  return formats.formats.size() > 1 ? kFormatAt + 1 : kV2MinValueBytes;
}

// Moves rows together so that each keeps `keep` of its `row` bytes.
void cut_rows(Bytes& index, std::uint32_t count, std::size_t row, std::size_t keep) {
  if (keep == row) return;
  for (std::size_t i = 1; i < count; ++i) {
    std::memmove(index.data() + kV2HeaderBytes + i * keep, index.data() + kV2HeaderBytes + i * row, keep);
  }
  index.resize(kV2HeaderBytes + count * keep);
}

}  // namespace

Result<IndexLayout> read_v2_layout(ByteView index) {
  if (index.size() < kV2HeaderBytes) return damaged_index("it is shorter than its header");
  IndexLayout layout;
  layout.version = IndexVersion::v2;
  layout.key_size = load_big_endian(index.subspan(1, 1));
  layout.value_size = load_big_endian(index.subspan(2, 2));
  layout.count = load_big_endian32(index.subspan(4, 4));
  layout.pack_count = load_big_endian32(index.subspan(8, 4));
  layout.format_count = load_big_endian32(index.subspan(12, 1));
  layout.base_timestamp = load_big_endian32(index.subspan(13, 4));
  if (!is_index_key_size(layout.key_size, layout.count)) return damaged_index("its keys have an impossible size");
  if (layout.value_size < kV2MinValueBytes || layout.value_size > kV2MaxValueBytes) {
    return damaged_index("its rows have an impossible size");
  }
  // None of these products of a 32-bit number and a small one comes near 64 bits.
  layout.rows_offset = kV2HeaderBytes;
  layout.packs_offset = layout.rows_offset + layout.count * layout.row_size();
  layout.formats_offset = layout.packs_offset + layout.pack_count * kPackBytes;
  if (layout.formats_offset + layout.format_count * kFormatBytes > index.size()) {
    return damaged_index("it is shorter than its rows and tables");
  }
  return layout;
}

Result<> read_v2_value(ByteView index, const IndexLayout& layout, ByteView value, ContentEntry& entry) {
  entry.timestamp_seconds = std::int64_t{layout.base_timestamp} + load_big_endian32(value.subspan(0, 4));
  const std::uint32_t flagged = load_big_endian32(value.subspan(4, 4));
  entry.deleted = (flagged & kDeleted) != 0;
  entry.pack_offset = flagged & ~kDeleted;
  entry.original_length = load_big_endian32(value.subspan(8, 3));
  entry.packed_length = load_big_endian32(value.subspan(11, 3));
  if (value.size() > kLengthsHighAt) {
    const auto high = std::to_integer<std::uint32_t>(value[kLengthsHighAt]);
    entry.original_length |= high >> 4 << 24;
    entry.packed_length |= (high & 15) << 24;
  }
  TRY(read_format(index, layout, value, entry));
  return read_pack(index, layout, value, entry);
}

Result<> write_v2_value(const ContentEntry& entry, const PackNames::Place& pack, V2Formats& formats,
                        MutableByteView value) {
  if (entry.timestamp_seconds < 0 || entry.timestamp_seconds > std::numeric_limits<std::uint32_t>::max()) {
    return cannot_hold("this time");
  }
  if (entry.pack_offset >= kMostPackOffset) return cannot_hold("contents behind the first GiB of a pack");
  if (entry.packed_length >= kMostLength || entry.original_length >= kMostLength) {
    return cannot_hold("contents of 256 MiB");
  }
  if (pack.number >= kMostPacks) return cannot_hold("more than 2^24 packs");
  const std::uint8_t format = TRY(format_number(entry, formats.formats));
  formats.long_lengths |= std::max(entry.packed_length, entry.original_length) >= kShortLength;
  store_big_endian(value.subspan(0, 4), static_cast<std::uint64_t>(entry.timestamp_seconds));
  store_big_endian(value.subspan(4, 4), entry.pack_offset | (entry.deleted ? kDeleted : 0));
  store_big_endian(value.subspan(8, 3), entry.original_length);
  store_big_endian(value.subspan(11, 3), entry.packed_length);
  store_big_endian(value.subspan(14, 2), pack.number);
  value[kFormatAt] = static_cast<std::byte>(format);
  value[kPackHighAt] = static_cast<std::byte>(pack.number >> 16);
  value[kLengthsHighAt] = static_cast<std::byte>(entry.original_length >> 24 << 4 | entry.packed_length >> 24);
  return {};
}

Result<> finish_v2(Bytes& index, std::size_t key_size, std::uint32_t count, const PackNames& packs,
                   const V2Formats& formats) {
  if (count == 0) return cannot_hold("no content at all");
  const std::size_t value = value_size(packs.places().size(), formats);
  cut_rows(index, count, key_size + kV2MaxValueBytes, key_size + value);
  const std::size_t names_offset =
      index.size() + packs.places().size() * kPackBytes + formats.formats.size() * kFormatBytes;
  if (names_offset + packs.text().size() > std::numeric_limits<std::uint32_t>::max()) {
    return Error(Code::unsupported, "an index of more than 4 GiB");
  }
  const MutableByteView header = MutableByteView(index).first(kV2HeaderBytes);
  header[0] = std::byte{2};
  header[1] = static_cast<std::byte>(key_size);
  store_big_endian(header.subspan(2, 2), value);
  store_big_endian(header.subspan(4, 4), count);
  store_big_endian(header.subspan(8, 4), packs.places().size());
  header[12] = static_cast<std::byte>(formats.formats.size());
  store_big_endian(header.subspan(13, 4), 0);  // the base of the times, as stock writes it
  for (const PackNames::Place& pack : packs.places()) {
    append_big_endian(index, pack.size, 1);
    append_big_endian(index, names_offset + pack.offset, 4);
  }
  for (const V2Formats::Format& format : formats.formats) {
    append_big_endian(index, format.compression_id, 4);
    append_big_endian(index, format.format_version, 1);
    append_big_endian(index, format.encryption_key_id, 1);
  }
  append(index, packs.text());
  return {};
}

}  // namespace salvor::repo
