#include "codec/inflate.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "codec/gzip.h"
#include "codec/samples_testing.h"

namespace salvor::codec {
namespace {

// What kopia's compressor deflate-default (klauspost/compress 1.18) makes of sample_lines(12).
constexpr std::string_view kStock =
    "4acd2b29aa543050c84f5328c94855c8cc4b49ade082081a621334c12668894dd0d00c9ba89129365163ac6a4db09a6b86d50916585d6b68"
    "80dd674668aa010300";

std::string unpack(ByteView packed, std::size_t limit = 64 << 20) {
  auto text = inflate_raw(packed, limit);
  return text.ok() ? std::string(as_text(*text)) : "error: " + text.error().message();
}

// A gzip member without its head of ten bytes and its tail of eight.
Bytes pack(std::string_view text) {
  const Bytes member = gzip(as_bytes(text));
  return Bytes(member.begin() + 10, member.end() - 8);
}

TEST(Inflate, ReadsWhatStockWrites) { EXPECT_EQ(unpack(*parse_hex(kStock)), sample_lines(12)); }

TEST(Inflate, ReadsStreamsOfEverySize) {
  for (const int lines : {0, 1, 100, 20'000}) {
    EXPECT_EQ(unpack(pack(sample_lines(lines))), sample_lines(lines));
  }
}

TEST(Inflate, NoticesEveryTruncationAndWhatFollows) {
  Bytes packed = *parse_hex(kStock);
  for (std::size_t size = 0; size < packed.size(); ++size) {
    EXPECT_EQ(unpack(ByteView(packed).first(size)), "error: deflate: the data ends early") << size;
  }
  packed.push_back(std::byte{0});
  EXPECT_EQ(unpack(packed), "error: deflate: something follows the data");
}

TEST(Inflate, EndsWhateverIsFlipped) {
  const Bytes packed = *parse_hex(kStock);
  for (std::size_t bit = 0; bit < packed.size() * 8; ++bit) {
    Bytes damaged = packed;
    damaged[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    EXPECT_LE(unpack(damaged, 100'000).size(), 100'000U);
  }
}

TEST(Inflate, StopsABombAtTheLimit) {
  const Bytes bomb = pack(std::string(50 << 20, 'x'));
  EXPECT_EQ(unpack(bomb, 1 << 20), "error: deflate: the data unpacks to more than the limit");
  EXPECT_EQ(unpack(bomb, (50 << 20) - 1), "error: deflate: the data unpacks to more than the limit");
  EXPECT_EQ(unpack(bomb, 50 << 20).size(), 50U << 20);
}

}  // namespace
}  // namespace salvor::codec
