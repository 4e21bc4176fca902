#include "codec/zstd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hex.h"
#include "base/rng.h"
#include "codec/samples_testing.h"

namespace salvor::codec {
namespace {

using ::testing::HasSubstr;

// What kopia's compressors zstd and zstd-best-compression (klauspost/compress 1.18) make of sample_lines(12).
constexpr std::string_view kStock =
    "28b52ffd440006003d02007402656e7472792030206f662074686520696e6465780a3134393136323533363439363438313130320c00513b"
    "d1350a0634063406340634ce4963a7680434c3490b4e7a2336991f392adf";
constexpr std::string_view kStockBest =
    "28b52ffd440006002d02003402656e7472792030206f662074686520696e6465780a31343931363235333436383130320c00513bd1350563"
    "f631837db285ef9efa18a05b4eba015a70d28793b288cd3b1f392adf";

std::string unpack(ByteView frames, std::size_t limit = 64 << 20) {
  auto text = ZstdDecompressor().decompress(frames, limit);
  return text.ok() ? std::string(as_text(*text)) : "error: " + text.error().message();
}

Bytes pack(std::string_view text, int level = 3) {
  Bytes frame;
  ZstdCompressor(level).compress(as_bytes(text), frame);
  return frame;
}

TEST(Zstd, ReadsWhatStockWrites) {
  EXPECT_EQ(unpack(*parse_hex(kStock)), sample_lines(12));
  EXPECT_EQ(unpack(*parse_hex(kStockBest)), sample_lines(12));
}

TEST(Zstd, ComesBackAtEveryLevelAndSize) {
  SeededRng rng(3);
  ZstdDecompressor decompressor;
  for (const int level : {1, 3, 7, 11, 19}) {
    ZstdCompressor compressor(level);
    for (const std::size_t size : {0, 1, 127, 128, 131'072, 131'073, 300'000}) {
      Bytes text(size);
      rng.fill(text);
      for (std::size_t i = 0; i < size; ++i) {
        if (i / 100 % 2 == 0) text[i] = std::byte{'a'};
      }
      Bytes frame;
      compressor.compress(text, frame);
      auto read = decompressor.decompress(frame, size);
      ASSERT_TRUE(read.ok()) << level << " " << size << " " << read.error().message();
      EXPECT_EQ(*read, text);
    }
  }
}

TEST(Zstd, ReadsFramesOneAfterTheOtherAndSkipsWhatMayBeSkipped) {
  Bytes frames = pack("one ");
  append(frames, as_bytes(std::string_view("\x53\x2a\x4d\x18\x03\0\0\0abc", 11)));
  append(frames, pack("two"));
  EXPECT_EQ(unpack(frames), "one two");
  EXPECT_EQ(unpack({}), "");
}

TEST(Zstd, NoticesEveryTruncation) {
  const Bytes frame = *parse_hex(kStock);
  for (std::size_t size = 1; size < frame.size(); ++size) {
    EXPECT_EQ(unpack(ByteView(frame).first(size)), "error: zstd: the data is cut, or no zstd frame") << size;
  }
}

TEST(Zstd, NeverReturnsAnotherTextAfterABitFlip) {
  const std::string text = sample_lines(12);
  const Bytes frame = *parse_hex(kStock);  // with a checksum, as stock writes them
  for (std::size_t bit = 0; bit < frame.size() * 8; ++bit) {
    if (bit / 8 == 4) continue;  // the descriptor, where one bit takes the checksum away
    Bytes damaged = frame;
    damaged[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    const std::string read = unpack(damaged);
    EXPECT_TRUE(read == text || read.starts_with("error: ")) << bit;
  }
}

TEST(Zstd, StopsABombAtTheLimit) {
  const Bytes bomb = pack(std::string(100 << 20, 'x'));
  EXPECT_LT(bomb.size(), 20'000U);
  EXPECT_EQ(unpack(bomb, 1 << 20), "error: zstd: the data unpacks to more than the limit");
  EXPECT_EQ(unpack(bomb, 100 << 20).size(), 100U << 20);
}

// A frame of one empty block whose header claims 2^62 bytes: the limit is never allocated.
TEST(Zstd, DoesNotBelieveAClaimedSize) {
  EXPECT_THAT(unpack(*parse_hex("28b52ffde00000000000000040010000"), std::size_t{1} << 46), HasSubstr("damaged"));
}

}  // namespace
}  // namespace salvor::codec
