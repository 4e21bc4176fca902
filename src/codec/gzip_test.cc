#include "codec/gzip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstring>

#include "base/rng.h"

namespace salvor::codec {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kNoLimit = 1 << 30;

Bytes bytes_of(std::initializer_list<int> values) {
  Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

std::string unpack(ByteView packed, std::uint64_t limit = kNoLimit) {
  auto text = gunzip(packed, limit);
  return text.ok() ? std::string(as_text(*text)) : "error: " + text.error().message();
}

// Text that compresses in parts.
Bytes mixed_text(SeededRng& rng, std::size_t size) {
  Bytes text(size);
  rng.fill(text);
  for (std::size_t i = 0; i < size; ++i) {
    if (i / 100 % 2 == 0) text[i] = std::byte{'a'};
  }
  return text;
}

TEST(Gzip, WritesTheBytesOfRfc1952WithoutTimeOrName) {
  EXPECT_EQ(gzip(as_bytes("a")), bytes_of({0x1f, 0x8b, 8,    0,    0, 0, 0, 0, 0, 0xff,  // header
                                           0x4b, 0x04, 0x00,  // 'a' and the end in fixed Huffman codes (RFC 1951 3.2.6)
                                           0x43, 0xbe, 0xb7, 0xe8, 1, 0, 0, 0}));  // CRC-32, size
}

TEST(Gzip, ComesBackAtEveryLevelAndSize) {
  SeededRng rng(3);
  GzipDecompressor decompressor;
  for (int level = 0; level <= 3; ++level) {
    GzipCompressor compressor(level);
    for (const std::size_t size : {0, 1, 63, 64, 65'535, 300'000}) {
      const Bytes text = mixed_text(rng, size);
      Bytes packed;
      compressor.compress(text, packed);
      EXPECT_EQ(unpack(packed), as_text(text));
      auto member = decompressor.decompress(packed, size);
      ASSERT_TRUE(member.ok()) << level << " " << size;
      EXPECT_EQ(*member, text);
    }
  }
}

TEST(Gzip, ReadsAStreamOfMembersAsOneText) {
  Bytes packed = gzip(as_bytes("one "));
  append(packed, gzip({}));
  append(packed, gzip(as_bytes("two")));
  EXPECT_EQ(unpack(packed), "one two");
}

TEST(Gzip, NoticesEveryTruncation) {
  Bytes packed = gzip(as_bytes("the first member"));
  const std::size_t first = packed.size();
  append(packed, gzip(as_bytes("the second member")));
  for (std::size_t size = 0; size < packed.size(); ++size) {
    const std::string text = unpack(ByteView(packed).first(size));
    // A cut between members is a shorter, valid file; what lies inside must notice.
    EXPECT_EQ(text, size == first ? "the first member" : "error: gzip: the data ends early") << size;
  }
}

TEST(Gzip, NeverReturnsAnotherTextAfterABitFlip) {
  const std::string text = "some text that is long enough to be compressed, compressed, compressed";
  const Bytes packed = gzip(as_bytes(text));
  GzipDecompressor decompressor;
  for (std::size_t bit = 0; bit < packed.size() * 8; ++bit) {
    Bytes damaged = packed;
    damaged[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    const std::string streamed = unpack(damaged);
    EXPECT_TRUE(streamed == text || streamed.starts_with("error: ")) << bit;
    auto member = decompressor.decompress(damaged, text.size());
    EXPECT_TRUE(!member.ok() || as_text(*member) == text) << bit;
  }
}

TEST(Gzip, RefusesWhatFollowsTheLastMember) {
  Bytes packed = gzip(as_bytes("text"));
  packed.push_back(std::byte{'x'});
  EXPECT_THAT(unpack(packed), HasSubstr("error: gzip:"));
  GzipDecompressor decompressor;
  EXPECT_FALSE(decompressor.decompress(packed, 4).ok());
}

TEST(Gzip, StopsABombAtTheLimit) {
  const Bytes bomb = gzip(Bytes(100 << 20, std::byte{0}));
  EXPECT_LT(bomb.size(), 200'000U);
  EXPECT_EQ(unpack(bomb, 1 << 20), "error: gzip: the data unpacks to more than the limit");
  EXPECT_EQ(unpack(bomb, 100 << 20).size(), 100U << 20);
}

TEST(Gzip, RefusesAnImpossibleSizeBeforeAllocatingIt) {
  GzipDecompressor decompressor;
  auto text = decompressor.decompress(gzip(as_bytes("tiny")), std::size_t{1} << 60);
  ASSERT_FALSE(text.ok());
  EXPECT_EQ(text.error().code(), Code::corrupt);
}

TEST(GzipDecompressor, RefusesAnotherSizeThanTheMemberHolds) {
  const Bytes packed = gzip(as_bytes("four"));
  GzipDecompressor decompressor;
  EXPECT_FALSE(decompressor.decompress(packed, 3).ok());
  EXPECT_FALSE(decompressor.decompress(packed, 5).ok());
  EXPECT_TRUE(decompressor.decompress(packed, 4).ok());
}

TEST(GunzipStream, GivesTheSameHoweverTheSourceAndTheReaderCut) {
  SeededRng rng(5);
  const Bytes text = mixed_text(rng, 20'000);
  Bytes packed = gzip(ByteView(text).first(9'000));
  append(packed, gzip(ByteView(text).subspan(9'000)));
  for (int round = 0; round < 100; ++round) {
    ByteView rest = packed;
    GunzipStream stream(
        [&](MutableByteView into) -> Result<std::size_t> {
          const std::size_t size = std::min({into.size(), rest.size(), std::size_t{1} + rng.below(500)});
          std::memcpy(into.data(), rest.data(), size);
          rest = rest.subspan(size);
          return size;
        },
        kNoLimit);
    Bytes all;
    for (;;) {
      Bytes part(1 + rng.below(3'000));
      auto got = stream.read(part);
      ASSERT_TRUE(got.ok());
      if (*got == 0) break;
      append(all, ByteView(part).first(*got));
    }
    EXPECT_EQ(all, text);
    EXPECT_EQ(stream.compressed_bytes(), packed.size());
  }
}

}  // namespace
}  // namespace salvor::codec
