#include "codec/crc.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace salvor::codec {
namespace {

// The check values of the catalogue of CRC algorithms: CRC-32/ISO-HDLC, CRC-32/ISCSI and CRC-64/XZ of "123456789"; RFC
// 3720 B.4.
TEST(Crc, MatchesThePublishedVectors) {
  EXPECT_EQ(crc32(as_bytes("123456789")), 0xcbf43926U);
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xe3069283U);
  EXPECT_EQ(crc64(as_bytes("123456789")), 0x995dc9bbdf1939faU);
  const Bytes zeros(32, std::byte{0}), ones(32, std::byte{0xff});
  EXPECT_EQ(crc32c(zeros), 0x8a9136aaU);
  EXPECT_EQ(crc32c(ones), 0x62a8ab43U);
  EXPECT_EQ(crc32({}), 0U);
  EXPECT_EQ(crc32c({}), 0U);
  EXPECT_EQ(crc64({}), 0U);
}

TEST(Crc, GoesOnOverPieces) {
  SeededRng rng(5);
  Bytes message(100'000);
  rng.fill(message);
  std::uint32_t plain = 0, castagnoli = 0;
  std::uint64_t of_xz = 0;
  for (ByteView rest = message; !rest.empty();) {
    const ByteView piece = rest.first(std::min<std::size_t>(rest.size(), 1 + rng.below(9000)));
    plain = crc32(piece, plain);
    castagnoli = crc32c(piece, castagnoli);
    of_xz = crc64(piece, of_xz);
    rest = rest.subspan(piece.size());
  }
  EXPECT_EQ(plain, crc32(message));
  EXPECT_EQ(castagnoli, crc32c(message));
  EXPECT_EQ(of_xz, crc64(message));
}

}  // namespace
}  // namespace salvor::codec
