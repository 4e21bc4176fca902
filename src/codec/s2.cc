#include "codec/s2.h"

#include <algorithm>

#include "codec/crc.h"
#include "codec/s2_block.h"

namespace salvor::codec {
namespace {

constexpr std::string_view kIdentifier = "S2sTwO";
constexpr unsigned kCompressed = 0, kPlain = 1, kFirstSkipped = 0x80, kNamed = 0xFF;
constexpr std::size_t kHeaderBytes = 4, kCrcBytes = 4;
constexpr std::size_t kBlockBytes = 1 << 20;  // of text; stock's default

Error damaged(std::string what) { return Error(Code::corrupt, "s2: " + std::move(what)); }

// A CRC of data that holds CRCs is a poor one; so it is stored turned and shifted.
std::uint32_t masked_crc(ByteView text) {
  const std::uint32_t crc = crc32c(text);
  return (crc >> 15 | crc << 17) + 0xA282EAD8;
}

std::uint32_t number(ByteView bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | std::to_integer<std::uint32_t>(bytes[i]);
  return value;
}

void set_number(std::byte* at, std::size_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) at[i] = static_cast<std::byte>(value >> (8 * i));
}

void begin_chunk(Bytes& out, unsigned kind, std::size_t size) {
  std::byte* const header = extend(out, kHeaderBytes);
  header[0] = static_cast<std::byte>(kind);
  set_number(header + 1, size, 3);
}

void append_chunk(ByteView text, Bytes& scratch, Bytes& out) {
  scratch.clear();
  encode_s2_block(text, scratch);
  const bool is_smaller = scratch.size() < text.size();
  const ByteView body = is_smaller ? ByteView(scratch) : text;
  begin_chunk(out, is_smaller ? kCompressed : kPlain, kCrcBytes + body.size());
  set_number(extend(out, kCrcBytes), masked_crc(text), kCrcBytes);
  append(out, body);
}

// Room for a block's text at the end of `text`.
Result<MutableByteView> make_room(Bytes& text, std::uint64_t size, std::size_t max_bytes) {
  if (size > kMaxS2BlockBytes) return damaged("a block claims more than 4 MiB");
  if (size > max_bytes - text.size()) return damaged("the data unpacks to more than the limit");
  return MutableByteView(extend(text, size), size);
}

// `body` is a chunk of data.
Result<> append_text(unsigned kind, ByteView body, std::size_t max_bytes, Bytes& text) {
  if (body.size() < kCrcBytes) return damaged("a chunk is too short");
  const std::uint32_t crc = number(body.first(kCrcBytes));
  body = body.subspan(kCrcBytes);
  MutableByteView room;
  if (kind == kPlain) {
    room = TRY(make_room(text, body.size(), max_bytes));
    std::ranges::copy(body, room.begin());
  } else {
    const auto block = open_s2_block(body);
    if (!block) return damaged("a block does not tell its size");
    room = TRY(make_room(text, block->text_size, max_bytes));
    if (!decode_s2_block(block->elements, room)) return damaged("a block is damaged");
  }
  if (masked_crc(room) != crc) return damaged("a block has another checksum");
  return {};
}

}  // namespace

void s2_compress(ByteView text, Bytes& out) {
  if (text.empty()) return;
  begin_chunk(out, kNamed, kIdentifier.size());
  append(out, as_bytes(kIdentifier));
  Bytes scratch;
  for (; !text.empty(); text = text.subspan(std::min(text.size(), kBlockBytes))) {
    append_chunk(text.first(std::min(text.size(), kBlockBytes)), scratch, out);
  }
}

Result<Bytes> s2_decompress(ByteView packed, std::size_t max_bytes) {
  Bytes text;
  for (bool is_named = false; !packed.empty();) {
    if (packed.size() < kHeaderBytes) return damaged("the data ends early");
    const auto kind = std::to_integer<unsigned>(packed[0]);
    const std::size_t size = number(packed.subspan(1, 3));
    packed = packed.subspan(kHeaderBytes);
    if (size > packed.size()) return damaged("the data ends early");
    const ByteView body = packed.first(size);
    packed = packed.subspan(size);
    if (kind == kNamed ? as_text(body) != kIdentifier : !is_named) return damaged("this is no S2 stream");
    if (kind == kNamed) {
      is_named = true;
    } else if (kind == kCompressed || kind == kPlain) {
      TRY(append_text(kind, body, max_bytes, text));
    } else if (kind < kFirstSkipped) {
      return damaged("a chunk of an unknown kind");
    }
  }
  return text;
}

}  // namespace salvor::codec
