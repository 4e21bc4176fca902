#include "codec/lz4.h"

#include <lz4frame.h>

#include "base/check.h"
#include "codec/growing_text.h"

namespace salvor::codec {
namespace {

struct Decoder {
  LZ4F_dctx* context = nullptr;
  Decoder() { CHECK(!LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION))); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() { LZ4F_freeDecompressionContext(context); }
};

}  // namespace

Result<Bytes> lz4_decompress(ByteView packed, std::size_t max_bytes) {
  Decoder decoder;
  GrowingText text(max_bytes);
  for (std::size_t wanted = 1; wanted != 0;) {  // 0 at the frame's end
    const MutableByteView room = text.room();
    std::size_t made = room.size(), used = packed.size();
    wanted = LZ4F_decompress(decoder.context, room.data(), &made, packed.data(), &used, nullptr);
    if (LZ4F_isError(wanted)) return Error(Code::corrupt, "lz4: the data is damaged, or no LZ4 frame");
    packed = packed.subspan(used);
    text.made(made);
    if (text.is_over_limit()) return Error(Code::corrupt, "lz4: the data unpacks to more than the limit");
    if (wanted != 0 && used == 0 && made == 0) return Error(Code::corrupt, "lz4: the data ends early");
  }
  if (!packed.empty()) return Error(Code::corrupt, "lz4: something follows the frame");
  return std::move(text).take();
}

}  // namespace salvor::codec
