#include "codec/lz4.h"

#include <gtest/gtest.h>
#include <lz4frame.h>

#include "base/hex.h"
#include "codec/samples_testing.h"

namespace salvor::codec {
namespace {

// What the lz4 of kopia 0.22.3 (pierrec/lz4 2.6.1) makes of sample_lines(12).
constexpr std::string_view kStock =
    "04224d186470b962000000f206656e7472792030206f662074686520696e6465780a15001f311500011f341500011f391500012f31361600"
    "012f32351600011f332c00021f345800021f368300021f38ae00022f3130da0001f00320313231206f662074686520696e6465780a000000"
    "005ae50637";

std::string unpack(ByteView frame, std::size_t limit = 64 << 20) {
  auto text = lz4_decompress(frame, limit);
  return text.ok() ? std::string(as_text(*text)) : "error: " + text.error().message();
}

Bytes pack(std::string_view text) {
  Bytes frame(LZ4F_compressFrameBound(text.size(), nullptr));
  frame.resize(LZ4F_compressFrame(frame.data(), frame.size(), text.data(), text.size(), nullptr));
  return frame;
}

TEST(Lz4, ReadsWhatStockWrote) { EXPECT_EQ(unpack(*parse_hex(kStock)), sample_lines(12)); }

TEST(Lz4, ReadsFramesOfEverySize) {
  for (const int lines : {0, 1, 100, 20'000, 300'000}) {
    EXPECT_EQ(unpack(pack(sample_lines(lines))), sample_lines(lines));
  }
}

TEST(Lz4, NoticesEveryTruncationAndWhatFollows) {
  Bytes frame = *parse_hex(kStock);
  for (std::size_t size = 0; size < frame.size(); ++size) {
    EXPECT_EQ(unpack(ByteView(frame).first(size)), "error: lz4: the data ends early") << size;
  }
  frame.push_back(std::byte{0});
  EXPECT_EQ(unpack(frame), "error: lz4: something follows the frame");
}

TEST(Lz4, NeverReturnsAnotherTextAfterABitFlip) {
  const std::string text = sample_lines(12);
  const Bytes frame = *parse_hex(kStock);
  for (std::size_t bit = 0; bit < frame.size() * 8; ++bit) {
    Bytes damaged = frame;
    damaged[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    const std::string read = unpack(damaged);
    EXPECT_TRUE(read == text || read.starts_with("error: ")) << bit << read;
  }
}

TEST(Lz4, StopsABombAtTheLimit) {
  const Bytes bomb = pack(std::string(50 << 20, 'x'));
  EXPECT_EQ(unpack(bomb, 1 << 20), "error: lz4: the data unpacks to more than the limit");
  EXPECT_EQ(unpack(bomb, (50 << 20) - 1), "error: lz4: the data unpacks to more than the limit");
  EXPECT_EQ(unpack(bomb, 50 << 20).size(), 50U << 20);
}

}  // namespace
}  // namespace salvor::codec
