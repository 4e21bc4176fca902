#include "codec/inflate.h"

#include <zlib.h>

#include "base/check.h"
#include "codec/growing_text.h"

namespace salvor::codec {
namespace {

constexpr std::size_t kMostAtOnce = std::size_t{1} << 30;  // zlib counts in unsigned

struct Stream {
  z_stream state{};
  Stream() { CHECK(inflateInit2(&state, -MAX_WBITS) == Z_OK); }  // negative: no frame
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { inflateEnd(&state); }
};

}  // namespace

Result<Bytes> inflate_raw(ByteView packed, std::size_t max_bytes) {
  Stream stream;
  z_stream& state = stream.state;
  GrowingText text(max_bytes);
  for (int outcome = Z_OK; outcome != Z_STREAM_END;) {
    const ByteView piece = packed.first(std::min(packed.size(), kMostAtOnce));
    MutableByteView room = text.room();
    room = room.first(std::min(room.size(), kMostAtOnce));
    state.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(piece.data()));  // only read
    state.avail_in = static_cast<uInt>(piece.size());
    state.next_out = reinterpret_cast<Bytef*>(room.data());
    state.avail_out = static_cast<uInt>(room.size());
    outcome = inflate(&state, Z_NO_FLUSH);
    const std::size_t used = piece.size() - state.avail_in, made = room.size() - state.avail_out;
    packed = packed.subspan(used);
    text.made(made);
    if (text.is_over_limit()) return Error(Code::corrupt, "deflate: the data unpacks to more than the limit");
    if (outcome == Z_BUF_ERROR || (outcome == Z_OK && used == 0 && made == 0)) {
      return Error(Code::corrupt, "deflate: the data ends early");
    }
    if (outcome != Z_OK && outcome != Z_STREAM_END) return Error(Code::corrupt, "deflate: the data is damaged");
  }
  if (!packed.empty()) return Error(Code::corrupt, "deflate: something follows the data");
  return std::move(text).take();
}

}  // namespace salvor::codec
