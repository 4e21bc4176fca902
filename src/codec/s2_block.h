// One block of S2: Snappy's block (github.com/google/snappy format_description.txt) with one more kind of element.
//
//   block   = varint size of the text, element*
//   literal = tag 0: 1 + m bytes follow, m in the tag's upper six bits; 60 to 63 there: m in the next 1 to 4 bytes
//   copy    = tag 1: 4 to 11 bytes from up to 2047 back; tag 2: 1 to 64 from up to 2^16 - 1; tag 3: from up to 2^32 - 1
//   repeat  = tag 1 with distance 0: as many bytes, or 8, 260 or 65540 and what the next 1, 2 or 3 bytes say, from as
//             far back as the copy before
//
// What S2 adds is the repeat (github.com/klauspost/compress s2). Copies may overlap what they make.
#pragma once

#include <optional>

#include "base/bytes.h"

namespace salvor::codec {

constexpr std::size_t kMaxS2BlockBytes = 4 << 20;  // of text

// The size that a block claims for its text, and its elements behind. Nothing when there is no size.
struct S2Block {
  std::uint64_t text_size = 0;
  ByteView elements;
};
std::optional<S2Block> open_s2_block(ByteView block);
// False unless the elements make exactly `text`, which is unspecified then.
[[nodiscard]] bool decode_s2_block(ByteView elements, MutableByteView text);

// Appends a block that holds `text`: greedy, as fast as it gets without a second look. Requires: at most
// kMaxS2BlockBytes.
void encode_s2_block(ByteView text, Bytes& out);

}  // namespace salvor::codec
