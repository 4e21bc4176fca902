#include "codec/s2.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hex.h"
#include "base/rng.h"
#include "codec/s2_block.h"
#include "codec/samples_testing.h"

namespace salvor::codec {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// What kopia's compressors s2-default and s2-better (klauspost/compress 1.18) make of sample_lines(12).
constexpr std::string_view kStockDefault =
    "ff06000053327354774f00590000f2a84fec860250656e7472792030206f662074686520696e6465780a0915003115000c003415000c0039"
    "15000c0431364e160004323515000c0033522c0004343915000c0036528300003852ae0004313056da0000323a2e00";
constexpr std::string_view kStockBetter =
    "ff06000053327354774f005c0000f2a84fec86026c656e7472792030206f662074686520696e6465780a656e74727920314e150000341500"
    "0c003915000c0431364e160004323515000c0033522c00003452580000365283000438314e160004313056da0000323a2e00";

std::string unpack(ByteView packed, std::size_t limit = 64 << 20) {
  auto text = s2_decompress(packed, limit);
  return text.ok() ? std::string(as_text(*text)) : "error: " + text.error().message();
}

Bytes pack(std::string_view text) {
  Bytes packed;
  s2_compress(as_bytes(text), packed);
  return packed;
}

std::string block_of(std::string_view elements, std::size_t size) {
  std::string text(size, '?');
  const bool ok = decode_s2_block(as_bytes(elements), MutableByteView(reinterpret_cast<std::byte*>(text.data()), size));
  return ok ? text : "error";
}

TEST(S2, ReadsWhatStockWrites) {
  EXPECT_EQ(unpack(*parse_hex(kStockDefault)), sample_lines(12));
  EXPECT_EQ(unpack(*parse_hex(kStockBetter)), sample_lines(12));
  EXPECT_EQ(unpack({}), "");  // what stock makes of an empty text
}

TEST(S2, ComesBackWhateverTheText) {
  SeededRng rng(7);
  for (const std::size_t size : {1, 7, 8, 9, 60, 61, 255, 256, 257, 5'000, 65'535, 70'000, 300'000, 1'048'577}) {
    std::string noise(size, '\0'), mixed(size, 'a');
    rng.fill(std::as_writable_bytes(std::span(noise)));
    for (std::size_t i = 0; i < size; ++i) {
      if (i / 50 % 3 == 0) mixed[i] = static_cast<char>('a' + rng.below(4));
    }
    for (const std::string& text : {noise, mixed, std::string(size, 'x'), repeated(noise.substr(0, size / 3), 3)}) {
      const Bytes packed = pack(text);
      EXPECT_EQ(unpack(packed), text) << size;
      EXPECT_LE(packed.size(), text.size() + 10 + (1 + text.size() / 1'000'000) * 8);
    }
  }
}

TEST(S2, PacksWhatRepeats) {
  EXPECT_LT(pack(sample_lines(12)).size(), 130U);
  EXPECT_LT(pack(std::string(3'000'000, 'x')).size(), 200U);
  EXPECT_LT(pack(repeated(sample_lines(100), 1300)).size(), 6'000U);  // stock: 1659
}

TEST(S2, NoticesEveryTruncationInsideAChunk) {
  const Bytes packed = *parse_hex(kStockDefault);
  for (std::size_t size = 0; size < packed.size(); ++size) {
    const std::string text = unpack(ByteView(packed).first(size));
    EXPECT_EQ(text, size == 0 || size == 10 ? "" : "error: s2: the data ends early") << size;
  }
}

TEST(S2, NeverReturnsAnotherTextAfterABitFlip) {
  const std::string text = sample_lines(12);
  const Bytes packed = *parse_hex(kStockDefault);
  for (std::size_t bit = 0; bit < packed.size() * 8; ++bit) {
    Bytes damaged = packed;
    damaged[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    const std::string read = unpack(damaged);
    // A chunk whose kind becomes one of those that are skipped is gone.
    EXPECT_TRUE(read == text || read.starts_with("error: ") || (bit / 8 == 10 && read.empty())) << bit << read;
  }
}

TEST(S2, StopsABombAtTheLimitAndBeforeTheMemory) {
  const Bytes bomb = pack(std::string(20 << 20, 'x'));
  EXPECT_LT(bomb.size(), 1'000U);
  EXPECT_EQ(unpack(bomb, 1 << 20), "error: s2: the data unpacks to more than the limit");
  EXPECT_EQ(unpack(bomb, 20 << 20).size(), 20U << 20);
  Bytes claim = *parse_hex("ff06000053327354774f000900000000000081808004");  // one byte over 8 MiB
  claim.push_back(std::byte{0});
  EXPECT_THAT(unpack(claim), HasSubstr("claims more than 4 MiB"));
}

TEST(S2, SkipsChunksThatMayBeSkippedAndRefusesOthers) {
  const std::string identifier("\xff\x06\0\0S2sTwO", 10);
  EXPECT_EQ(unpack(as_bytes(identifier + std::string("\xfe\x02\0\0xx\x99\0\0\0\x80\x01\0\0x", 15))), "");
  EXPECT_THAT(unpack(as_bytes(identifier + std::string("\x02\0\0\0", 4))), HasSubstr("unknown kind"));
  EXPECT_THAT(unpack(as_bytes(std::string("\xfe\0\0\0", 4))), HasSubstr("no S2 stream"));
  EXPECT_THAT(unpack(as_bytes(std::string("\xff\x06\0\0sNaPpY", 10))), HasSubstr("no S2 stream"));
  EXPECT_THAT(unpack(as_bytes(identifier + std::string("\x01\x03\0\0xxx", 7))), HasSubstr("too short"));
  EXPECT_THAT(unpack(as_bytes(identifier + std::string("\x01\x05\0\0xxxxx", 9))), HasSubstr("another checksum"));
}

// The elements of s2_block.h by hand, one of each kind and size.
TEST(S2Block, DecodesEveryElement) {
  const std::string abcd =
      "\x0c"
      "abcd";
  EXPECT_EQ(block_of(abcd + "\x01\x04", 8), "abcdabcd");                             // copy of 4, 11 bits
  EXPECT_EQ(block_of(abcd + std::string("\x1e\x04\0", 3), 12), "abcdabcdabcd");      // copy of 8, 16 bits
  EXPECT_EQ(block_of(abcd + std::string("\x1f\x04\0\0\0", 5), 12), "abcdabcdabcd");  // copy of 8, 32 bits
  EXPECT_EQ(block_of(abcd + std::string("\x01\x01\x11\0", 4), 16),
            "abcd" + std::string(12, 'd'));  // then a repeat of 8
  EXPECT_EQ(block_of(abcd + std::string("\x01\x01\x15\0\x05", 5), 21), "abcd" + std::string(17, 'd'));
  EXPECT_EQ(block_of(abcd + std::string("\x01\x01\x19\0\x02\x01", 6), 8 + 260 + 258), "abcd" + std::string(522, 'd'));
  EXPECT_EQ(block_of(abcd + std::string("\x01\x01\x1d\0\x01\0\0", 7), 8 + 65541), "abcd" + std::string(65545, 'd'));
  const std::string great(70'000, 'z');
  EXPECT_EQ(block_of("\xf0\x3b" + great.substr(0, 60), 60), great.substr(0, 60));  // literals of each size
  EXPECT_EQ(block_of("\xf4\xff\xff" + great.substr(0, 65536), 65536), great.substr(0, 65536));
  EXPECT_EQ(block_of("\xf8\x6f\x11\x01" + great, 70'000), great);
  EXPECT_EQ(block_of(std::string("\xfc\x03\0\0\0", 5) + "abcd", 4), "abcd");
  EXPECT_EQ(block_of("", 0), "");
}

TEST(S2Block, RefusesWhatLeadsOutside) {
  const std::string abcd =
      "\x0c"
      "abcd";
  EXPECT_EQ(block_of(abcd, 3), "error");  // more than the text
  EXPECT_EQ(block_of(abcd, 5), "error");  // less
  EXPECT_EQ(block_of("\x0c"
                     "abc",
                     4),
            "error");                                                   // a literal that is cut
  EXPECT_EQ(block_of(abcd + "\x01\x05", 8), "error");                   // from before the text
  EXPECT_EQ(block_of(abcd + std::string("\x1e\0\0", 3), 12), "error");  // from nowhere
  EXPECT_EQ(block_of(abcd + std::string("\x01\0", 2), 8), "error");     // a repeat of nothing
  EXPECT_EQ(block_of(std::string("\x01\0", 2), 4), "error");
  EXPECT_EQ(block_of(abcd + "\x01", 8), "error");  // elements that are cut
  EXPECT_EQ(block_of(abcd + "\x1e\x04", 12), "error");
  EXPECT_EQ(block_of(abcd + std::string("\x1f\x04\0\0", 4), 12), "error");
  EXPECT_EQ(block_of("\xf0", 1), "error");
  EXPECT_EQ(block_of("\xfc\xff\xff\xff\xff", 10), "error");  // a literal of 4 GiB
}

}  // namespace
}  // namespace salvor::codec
