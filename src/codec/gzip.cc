#include "codec/gzip.h"

#include <isa-l/igzip_lib.h>
#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <vector>

#include "base/check.h"

namespace salvor::codec {

struct GzipCompressor::State {
  isal_zstream stream{};
  std::vector<std::uint8_t> tables;
  std::uint32_t level;

  explicit State(int wanted) : level(static_cast<std::uint32_t>(wanted)) {
    constexpr std::size_t kTableBytes[] = {1, ISAL_DEF_LVL1_DEFAULT, ISAL_DEF_LVL2_DEFAULT, ISAL_DEF_LVL3_DEFAULT};
    CHECK(level < std::size(kTableBytes));
    tables.resize(kTableBytes[level]);
  }
};

GzipCompressor::GzipCompressor(int level) : state_(std::make_unique<State>(level)) {}
GzipCompressor::~GzipCompressor() = default;
GzipCompressor::GzipCompressor(GzipCompressor&&) noexcept = default;

void GzipCompressor::compress(ByteView text, Bytes& out) {
  // Stored blocks of 64 KiB with five bytes each are the worst that deflate makes of any text.
  const std::size_t before = out.size();
  out.resize(before + text.size() + text.size() / 1024 + 1024);
  isal_zstream& stream = state_->stream;
  isal_deflate_init(&stream);
  stream.level = state_->level;
  stream.level_buf = state_->tables.data();
  stream.level_buf_size = static_cast<std::uint32_t>(state_->tables.size());
  stream.gzip_flag = IGZIP_GZIP;
  stream.end_of_stream = 1;
  stream.flush = NO_FLUSH;
  // The library does not write through next_in, whatever its type says.
  stream.next_in = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(text.data()));
  stream.avail_in = static_cast<std::uint32_t>(text.size());
  stream.next_out = reinterpret_cast<std::uint8_t*>(out.data() + before);
  stream.avail_out = static_cast<std::uint32_t>(out.size() - before);
  CHECK(isal_deflate(&stream) == COMP_OK && stream.internal_state.state == ZSTATE_END);
  out.resize(before + stream.total_out);
}

struct GzipDecompressor::State {
  libdeflate_decompressor* decompressor = libdeflate_alloc_decompressor();
  State() { CHECK(decompressor != nullptr); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { libdeflate_free_decompressor(decompressor); }
};

GzipDecompressor::GzipDecompressor() : state_(std::make_unique<State>()) {}
GzipDecompressor::~GzipDecompressor() = default;
GzipDecompressor::GzipDecompressor(GzipDecompressor&&) noexcept = default;

Result<Bytes> GzipDecompressor::decompress(ByteView member, std::size_t size) {
  // Deflate's best case is 258 bytes for two bits: a claim beyond that is not worth an allocation.
  if (size / 1032 > member.size()) return Error(Code::corrupt, "gzip: a member claims an impossible size");
  Bytes text(size);
  std::byte nothing;
  std::size_t used = 0, made = 0;
  const auto outcome = libdeflate_gzip_decompress_ex(state_->decompressor, member.data(), member.size(),
                                                     text.empty() ? &nothing : text.data(), text.size(), &used, &made);
  if (outcome != LIBDEFLATE_SUCCESS || used != member.size() || made != size) {
    return Error(Code::corrupt, "gzip: a member is damaged or has another size");
  }
  return text;
}

struct GunzipStream::State {
  Source source;
  std::uint64_t left;  // of the bound
  z_stream stream{};
  Bytes input = Bytes(64 << 10);
  std::uint64_t taken = 0;
  bool source_ended = false;
  bool inside_member = false;
  bool any_member = false;

  State(Source from, std::uint64_t max_bytes) : source(std::move(from)), left(max_bytes) {
    CHECK(inflateInit2(&stream, 16 + MAX_WBITS) == Z_OK);  // 16: gzip only
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { inflateEnd(&stream); }

  Result<> refill() {
    if (stream.avail_in > 0 || source_ended) return {};
    const std::size_t got = TRY(source(input));
    source_ended = got == 0;
    taken += got;
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(got);
    return {};
  }
};

GunzipStream::GunzipStream(Source source, std::uint64_t max_bytes)
    : state_(std::make_unique<State>(std::move(source), max_bytes)) {}
GunzipStream::~GunzipStream() = default;
GunzipStream::GunzipStream(GunzipStream&&) noexcept = default;

std::uint64_t GunzipStream::compressed_bytes() const { return state_->taken; }

Result<std::size_t> GunzipStream::read(MutableByteView into) {
  State& s = *state_;
  const std::size_t room = std::min<std::size_t>(into.size(), 1 << 30);
  s.stream.next_out = reinterpret_cast<Bytef*>(into.data());
  s.stream.avail_out = static_cast<uInt>(room);
  while (s.stream.avail_out > 0) {
    TRY(s.refill());
    if (s.stream.avail_in == 0) {
      if (s.inside_member || !s.any_member) return Error(Code::corrupt, "gzip: the data ends early");
      break;
    }
    s.inside_member = s.any_member = true;
    const int outcome = inflate(&s.stream, Z_NO_FLUSH);
    if (outcome == Z_STREAM_END) {
      s.inside_member = false;
      inflateReset(&s.stream);
    } else if (outcome != Z_OK && outcome != Z_BUF_ERROR) {
      return Error(Code::corrupt, "gzip: damaged, or not gzip data");
    }
  }
  const std::size_t made = room - s.stream.avail_out;
  if (made > s.left) return Error(Code::corrupt, "gzip: the data unpacks to more than the limit");
  s.left -= made;
  return made;
}

Bytes gzip(ByteView text, int level) {
  Bytes packed;
  GzipCompressor(level).compress(text, packed);
  return packed;
}

Result<Bytes> gunzip(ByteView packed, std::uint64_t max_bytes) {
  GunzipStream stream(
      [&packed](MutableByteView into) -> Result<std::size_t> {
        const std::size_t size = std::min(into.size(), packed.size());
        std::ranges::copy(packed.first(size), into.begin());
        packed = packed.subspan(size);
        return size;
      },
      max_bytes);
  Bytes text;
  for (std::size_t size = 0;;) {
    text.resize(size + (64 << 10));
    const std::size_t got = TRY(stream.read(MutableByteView(text).subspan(size)));
    size += got;
    if (got == 0) {
      text.resize(size);
      return text;
    }
  }
}

}  // namespace salvor::codec
