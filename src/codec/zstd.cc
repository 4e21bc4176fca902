#include "codec/zstd.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <optional>

#include "base/check.h"

namespace salvor::codec {
namespace {

constexpr std::uint32_t kFrame = 0xFD2FB528, kSkippable = 0x184D2A50;  // the latter with any last four bits
constexpr std::size_t kMaxBlockBytes = 128 << 10;

// Walks over frames by the sizes that stand in them, without decompressing.
struct Walker {
  ByteView rest;
  std::uint64_t most = 0;  // bytes that the blocks can hold
  bool ok = true;

  std::uint32_t number(std::size_t size) {
    const ByteView bytes = take(size);
    std::uint32_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | std::to_integer<std::uint32_t>(bytes[i]);
    return value;
  }
  ByteView take(std::size_t size) {
    ok = ok && size <= rest.size();
    if (!ok) return {};
    const ByteView taken = rest.first(size);
    rest = rest.subspan(size);
    return taken;
  }

  // A block tells its size in the frame, or, when it repeats one byte, in the text.
  bool block() {
    const std::uint32_t header = number(3);
    const std::size_t size = header >> 3;
    constexpr std::uint32_t kRaw = 0, kRepeated = 1, kCompressed = 2;
    switch (header >> 1 & 3) {
      case kRaw:
        take(size);
        most += size;
        break;
      case kRepeated:
        take(1);
        most += std::min(size, kMaxBlockBytes);
        break;
      case kCompressed:
        take(size);
        most += kMaxBlockBytes;
        break;
      default: ok = false;
    }
    return ok && (header & 1) == 0;  // not the last one
  }

  void frame() {
    const std::uint32_t magic = number(4);
    if ((magic & ~15U) == kSkippable) {
      take(number(4));
      return;
    }
    ok = ok && magic == kFrame;
    const std::uint32_t descriptor = number(1);
    const bool single_segment = (descriptor & 32) != 0, checksum = (descriptor & 4) != 0;
    constexpr std::size_t kDictionaryBytes[] = {0, 1, 2, 4}, kSizeBytes[] = {0, 2, 4, 8};
    const std::size_t size_bytes = kSizeBytes[descriptor >> 6];
    take((single_segment ? 0 : 1) + kDictionaryBytes[descriptor & 3] +
         (single_segment && size_bytes == 0 ? 1 : size_bytes));
    while (block()) {
    }
    take(checksum ? 4 : 0);
  }
};

// Nothing when these are no whole frames.
std::optional<std::uint64_t> most_text(ByteView frames) {
  Walker walker{frames};
  while (walker.ok && !walker.rest.empty()) walker.frame();
  return walker.ok ? std::optional(walker.most) : std::nullopt;
}

}  // namespace

struct ZstdCompressor::State {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  int level;
  explicit State(int wanted) : level(wanted) { CHECK(context != nullptr && level >= 1 && level <= 19); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { ZSTD_freeCCtx(context); }
};

ZstdCompressor::ZstdCompressor(int level) : state_(std::make_unique<State>(level)) {}
ZstdCompressor::~ZstdCompressor() = default;
ZstdCompressor::ZstdCompressor(ZstdCompressor&&) noexcept = default;

void ZstdCompressor::compress(ByteView text, Bytes& out) {
  const std::size_t before = out.size(), room = ZSTD_compressBound(text.size());
  std::byte* const place = extend(out, room);
  const std::size_t made = ZSTD_compressCCtx(state_->context, place, room, text.data(), text.size(), state_->level);
  CHECK(!ZSTD_isError(made));
  out.resize(before + made);
}

struct ZstdDecompressor::State {
  ZSTD_DCtx* context = ZSTD_createDCtx();
  State() { CHECK(context != nullptr); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { ZSTD_freeDCtx(context); }
};

ZstdDecompressor::ZstdDecompressor() : state_(std::make_unique<State>()) {}
ZstdDecompressor::~ZstdDecompressor() = default;
ZstdDecompressor::ZstdDecompressor(ZstdDecompressor&&) noexcept = default;

Result<Bytes> ZstdDecompressor::decompress(ByteView frames, std::size_t max_bytes) {
  const auto most = most_text(frames);
  if (!most) return Error(Code::corrupt, "zstd: the data is cut, or no zstd frame");
  Bytes text(static_cast<std::size_t>(std::min<std::uint64_t>(*most, max_bytes)));
  std::byte nothing;
  const std::size_t made = ZSTD_decompressDCtx(state_->context, text.empty() ? &nothing : text.data(), text.size(),
                                               frames.data(), frames.size());
  if (ZSTD_isError(made)) {
    const bool too_much = ZSTD_getErrorCode(made) == ZSTD_error_dstSize_tooSmall;
    return Error(Code::corrupt,
                 too_much ? "zstd: the data unpacks to more than the limit" : "zstd: the data is damaged");
  }
  text.resize(made);
  return text;
}

}  // namespace salvor::codec
