#include "codec/deflate.h"

#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <vector>

#include "base/check.h"

namespace salvor::codec {

namespace {

constexpr std::size_t kRoom = 64 << 10;        // made for output at a time
constexpr std::size_t kLongestFeed = 1 << 30;  // ISA-L counts bytes in 32 bits

}  // namespace

struct DeflateStream::State {
  isal_zstream stream{};
  std::vector<std::uint8_t> tables = std::vector<std::uint8_t>(ISAL_DEF_LVL1_DEFAULT);

  void begin() {
    isal_deflate_init(&stream);
    stream.level = 1;
    stream.level_buf = tables.data();
    stream.level_buf_size = static_cast<std::uint32_t>(tables.size());
    stream.gzip_flag = IGZIP_DEFLATE;
    stream.flush = NO_FLUSH;
  }

  // Until it wants no more room.
  void run(Bytes& out) {
    do {
      const std::size_t before = out.size();
      stream.next_out = reinterpret_cast<std::uint8_t*>(extend(out, kRoom));
      stream.avail_out = kRoom;
      CHECK(isal_deflate(&stream) == COMP_OK);
      out.resize(before + (kRoom - stream.avail_out));
    } while (stream.avail_out == 0 && stream.internal_state.state != ZSTATE_END);
  }
};

DeflateStream::DeflateStream() : state_(std::make_unique<State>()) { state_->begin(); }
DeflateStream::~DeflateStream() = default;
DeflateStream::DeflateStream(DeflateStream&&) noexcept = default;

void DeflateStream::feed(ByteView text, Bytes& out) {
  while (!text.empty()) {
    const ByteView piece = text.first(std::min(text.size(), kLongestFeed));
    text = text.subspan(piece.size());
    // The library does not write through next_in, whatever its type says.
    state_->stream.next_in = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(piece.data()));
    state_->stream.avail_in = static_cast<std::uint32_t>(piece.size());
    state_->run(out);
    CHECK(state_->stream.avail_in == 0);
  }
}

void DeflateStream::finish(Bytes& out) {
  state_->stream.avail_in = 0;
  state_->stream.end_of_stream = 1;
  state_->run(out);
  CHECK(state_->stream.internal_state.state == ZSTATE_END);
  state_->begin();
}

}  // namespace salvor::codec
