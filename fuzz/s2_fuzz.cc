// S2. The first byte chooses: a stream, the elements of one block, or a text that is packed and must come back.

#include "codec/s2.h"
#include "codec/s2_block.h"
#include "input.h"

namespace {

using namespace salvor;

constexpr std::size_t kMostText = 1 << 20;

void come_back(ByteView text) {
  Bytes packed;
  codec::s2_compress(text, packed);
  const auto again = codec::s2_decompress(packed, text.size());
  PROMISE(again.ok() && as_text(*again) == as_text(text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView bytes = std::as_bytes(std::span(data + 1, size - 1));
  switch (data[0] % 3) {
    case 0: {
      const auto text = codec::s2_decompress(bytes, kMostText);
      PROMISE(!text.ok() || (*text).size() <= kMostText);
      if (text.ok()) come_back(*text);
      break;
    }
    case 1: {
      const auto block = codec::open_s2_block(bytes);
      if (!block || block->text_size > kMostText) break;
      Bytes text(static_cast<std::size_t>(block->text_size));
      if (codec::decode_s2_block(block->elements, text)) come_back(text);
      break;
    }
    default: come_back(bytes);
  }
  return 0;
}
