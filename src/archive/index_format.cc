#include "archive/index_format.h"

#include <algorithm>
#include <cstring>

#include "archive/layout.h"
#include "base/check.h"
#include "codec/protobuf.h"
#include "crypto/sha256.h"

namespace salvor::archive {
namespace {

constexpr std::string_view kMagic = "SLVRINDX";
constexpr std::uint32_t kIndexVersion = 2;
constexpr std::size_t kCheckBytes = 8;  // of the trailer's own hash
constexpr std::uint8_t kPreferred = 1, kNamespaced = 2;

void append_text(Bytes& out, std::string_view text) {
  codec::append_varint(out, text.size());
  append(out, as_bytes(text));
}

template <class Integer>
void append_fixed(Bytes& out, Integer value) {
  for (std::size_t i = 0; i < sizeof value; ++i) out.push_back(static_cast<std::byte>(value >> (8 * i)));
}

// Takes values off the front; after the first failure all that follow fail, and `ok` tells.
struct Decoder {
  ByteView bytes;
  bool ok = true;

  std::uint64_t number(std::uint64_t max) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
      if (bytes.empty()) break;
      const auto byte = std::to_integer<std::uint64_t>(bytes[0]);
      bytes = bytes.subspan(1);
      value |= (byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      if (value > max || (byte == 0 && shift > 0)) break;  // one way to write each number
      return value;
    }
    ok = false;
    return 0;
  }
  std::uint32_t number32() { return static_cast<std::uint32_t>(number(UINT32_MAX)); }
  ByteView take(std::size_t size) {
    ok = ok && size <= bytes.size();
    if (!ok) return {};
    const ByteView taken = bytes.first(size);
    bytes = bytes.subspan(size);
    return taken;
  }
  std::string_view text() { return as_text(take(number(bytes.size()))); }
  Hash hash() {
    Hash hash{};
    const ByteView taken = take(hash.size());
    std::ranges::copy(taken, hash.begin());
    return hash;
  }
  template <class Integer>
  Integer fixed() {
    Integer value = 0;
    const ByteView taken = take(sizeof value);
    for (std::size_t i = 0; i < taken.size(); ++i) value |= std::to_integer<Integer>(taken[i]) << (8 * i);
    return value;
  }
};

Error lies(std::string what) { return Error(Code::corrupt, "the index is damaged: " + std::move(what)); }

Result<> decode_members(Decoder& in, std::uint64_t archive_size, std::vector<Member>& members) {
  std::uint64_t offset = 0;
  for (std::uint64_t count = in.number(in.bytes.size()); in.ok && count > 0; --count) {
    Member member{offset, in.number32(), in.number32()};
    offset += member.packed_size;
    if (member.packed_size == 0 || offset > archive_size) return lies("its members do not fit the archive");
    members.push_back(member);
  }
  if (!in.ok || offset != archive_size) return lies("its members do not fit the archive");
  return {};
}

Result<IndexBlock> decode_block(Decoder& in, const Section& section) {
  IndexBlock block;
  block.first_key = in.text();
  block.packed_size = in.number32();
  block.size = in.number32();
  block.records = in.number32();
  block.hash = in.hash();
  if (!in.ok || block.packed_size == 0 || block.size > kMaxBlockBytes || block.records == 0 ||
      block.records > block.size || !is_key(block.first_key, section.namespaced)) {
    return lies("a block of " + to_string(section) + " is impossible");
  }
  return block;
}

Result<IndexSection> decode_section(Decoder& in, std::uint64_t& offset, std::uint64_t blocks_size) {
  IndexSection entry;
  Section& section = entry.section;
  section.group_resource = in.text();
  section.version = in.text();
  section.kind = in.text();
  const std::uint64_t flags = in.number(kPreferred | kNamespaced);
  section.preferred = (flags & kPreferred) != 0;
  section.namespaced = (flags & kNamespaced) != 0;
  const std::uint64_t blocks = in.number(in.bytes.size());
  if (!in.ok || !check_section(section).ok()) return lies("a section is malformed");
  for (std::uint64_t i = 0; i < blocks; ++i) {
    IndexBlock block = TRY(decode_block(in, section));
    if (i > 0 && block.first_key <= entry.blocks.back().first_key) {
      return lies("the blocks of " + to_string(section) + " are not in order");
    }
    block.offset = offset;
    offset += block.packed_size;
    if (offset > blocks_size) return lies("its blocks do not fit the index");
    section.objects += block.records;
    entry.blocks.push_back(std::move(block));
  }
  return entry;
}

}  // namespace

void append_record(Bytes& out, const IndexRecord& record) {
  append_text(out, record.key);
  codec::append_varint(out, record.member);
  codec::append_varint(out, record.offset);
  codec::append_varint(out, record.size);
  append_fixed(out, record.crc);
}

std::optional<IndexRecord> take_record(ByteView& bytes) {
  Decoder in{bytes};
  IndexRecord record;
  record.key = in.text();
  record.member = in.number32();
  record.offset = in.number32();
  record.size = in.number32();
  record.crc = in.fixed<std::uint64_t>();
  if (!in.ok) return std::nullopt;
  bytes = in.bytes;
  return record;
}

Bytes encode_footer(const Footer& footer) {
  Bytes out;
  codec::append_varint(out, footer.members.size());
  for (const Member& member : footer.members) {
    codec::append_varint(out, member.packed_size);
    codec::append_varint(out, member.size);
  }
  codec::append_varint(out, footer.sections.size());
  for (const auto& [section, blocks] : footer.sections) {
    append_text(out, section.group_resource);
    append_text(out, section.version);
    append_text(out, section.kind);
    codec::append_varint(out, (section.preferred ? kPreferred : 0) | (section.namespaced ? kNamespaced : 0));
    codec::append_varint(out, blocks.size());
    for (const IndexBlock& block : blocks) {
      append_text(out, block.first_key);
      codec::append_varint(out, block.packed_size);
      codec::append_varint(out, block.size);
      codec::append_varint(out, block.records);
      append(out, block.hash);
    }
  }
  return out;
}

Result<Footer> decode_footer(ByteView bytes, std::uint64_t archive_size, std::uint64_t blocks_size) {
  Decoder in{bytes};
  Footer footer;
  TRY(decode_members(in, archive_size, footer.members));
  std::uint64_t offset = 0;
  for (std::uint64_t count = in.number(in.bytes.size()); in.ok && count > 0; --count) {
    footer.sections.push_back(TRY(decode_section(in, offset, blocks_size)));
    if (footer.sections.size() > 1 &&
        !comes_before(footer.sections[footer.sections.size() - 2].section, footer.sections.back().section)) {
      return lies("its sections are not in order");
    }
  }
  if (!in.ok || !in.bytes.empty()) return lies("its footer is malformed");
  if (offset != blocks_size) return lies("its blocks do not fit the index");
  return footer;
}

Bytes encode_trailer(const Trailer& trailer) {
  Bytes out;
  append(out, as_bytes(kMagic));
  append_fixed(out, kIndexVersion);
  append_fixed(out, trailer.footer_packed_size);
  append_fixed(out, trailer.footer_offset);
  append_fixed(out, trailer.footer_size);
  append_fixed(out, std::uint32_t{0});
  append(out, trailer.footer_hash);
  append_fixed(out, trailer.archive_size);
  append(out, trailer.archive_hash);
  append(out, trailer.tail_hash);
  append(out, ByteView(crypto::sha256(out)).first(kCheckBytes));
  CHECK(out.size() == kTrailerBytes);
  return out;
}

Result<Trailer> decode_trailer(ByteView bytes) {
  if (bytes.size() != kTrailerBytes || as_text(bytes.first(kMagic.size())) != kMagic) {
    return lies("it does not end with a trailer");
  }
  const Hash check = crypto::sha256(bytes.first(kTrailerBytes - kCheckBytes));
  if (!std::ranges::equal(ByteView(check).first(kCheckBytes), bytes.last(kCheckBytes))) {
    return lies("its trailer has another checksum");
  }
  Decoder in{bytes.subspan(kMagic.size())};
  if (const auto version = in.fixed<std::uint32_t>(); version != kIndexVersion) {
    return Error(Code::unsupported, "the index has version " + std::to_string(version) +
                                        ", this program knows version " + std::to_string(kIndexVersion));
  }
  Trailer trailer;
  trailer.footer_packed_size = in.fixed<std::uint32_t>();
  trailer.footer_offset = in.fixed<std::uint64_t>();
  trailer.footer_size = in.fixed<std::uint32_t>();
  if (in.fixed<std::uint32_t>() != 0) return lies("its trailer is malformed");
  trailer.footer_hash = in.hash();
  trailer.archive_size = in.fixed<std::uint64_t>();
  trailer.archive_hash = in.hash();
  trailer.tail_hash = in.hash();
  if (trailer.footer_size > kMaxFooterBytes) return lies("its footer is impossible");
  return trailer;
}

}  // namespace salvor::archive
