// Decoding one block of S2: a literal or a copy at a time, each checked before a byte moves.
#include <cstring>

#include "codec/protobuf.h"
#include "codec/s2_block.h"

namespace salvor::codec {
namespace {

// Takes little-endian numbers off the front; after the end all that follow are 0, and `ok` tells.
struct Elements {
  ByteView rest;
  bool ok = true;

  std::uint32_t number(std::size_t size) {
    if (size > rest.size()) {
      ok = false;
      return 0;
    }
    std::uint32_t value = 0;
    for (std::size_t i = size; i-- > 0;) value = value << 8 | std::to_integer<std::uint32_t>(rest[i]);
    rest = rest.subspan(size);
    return value;
  }
};

struct Copy {
  std::size_t size = 0, distance = 0;
};

std::uint64_t literal_size(Elements& in, std::uint32_t tag) {
  const std::uint32_t inside = tag >> 2;
  return std::uint64_t{1} + (inside < 60 ? inside : in.number(inside - 59));
}

std::size_t repeat_size(Elements& in, std::uint32_t code) {
  switch (code) {
    case 5: return 8 + in.number(1);
    case 6: return 260 + in.number(2);
    case 7: return 65540 + in.number(3);
    default: return 4 + code;
  }
}

Copy read_copy(Elements& in, std::uint32_t tag, std::size_t distance_before) {
  switch (tag & 3) {
    case 1: {
      const std::uint32_t code = tag >> 2 & 7;
      const std::size_t distance = (tag & 0xE0) << 3 | in.number(1);
      if (distance == 0) return {repeat_size(in, code), distance_before};
      return {4 + code, distance};
    }
    case 2: return {1 + (tag >> 2), in.number(2)};
    default: return {1 + (tag >> 2), in.number(4)};
  }
}

// Copies forwards, so that a copy may read what it has just made.
void copy_within(std::byte* to, const Copy& copy) {
  const std::byte* from = to - copy.distance;
  if (copy.distance >= copy.size) {
    std::memcpy(to, from, copy.size);
    return;
  }
  for (std::size_t i = 0; i < copy.size; ++i) to[i] = from[i];
}

}  // namespace

std::optional<S2Block> open_s2_block(ByteView block) {
  std::string_view rest = as_text(block);
  S2Block opened;
  if (!take_varint(rest, opened.text_size)) return std::nullopt;
  opened.elements = as_bytes(rest);
  return opened;
}

bool decode_s2_block(ByteView elements, MutableByteView text) {
  Elements in{elements};
  std::size_t made = 0, distance = 0;
  while (!in.rest.empty()) {
    const std::uint32_t tag = in.number(1);
    if ((tag & 3) == 0) {
      const std::uint64_t size = literal_size(in, tag);
      if (!in.ok || size > in.rest.size() || size > text.size() - made) return false;
      std::memcpy(text.data() + made, in.rest.data(), size);
      in.rest = in.rest.subspan(size);
      made += size;
      continue;
    }
    const Copy copy = read_copy(in, tag, distance);
    if (!in.ok || copy.distance == 0 || copy.distance > made || copy.size > text.size() - made) return false;
    copy_within(text.data() + made, copy);
    distance = copy.distance;
    made += copy.size;
  }
  return made == text.size();
}

}  // namespace salvor::codec
