#include "repo/pack_layout.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "codec/samples_testing.h"

namespace salvor::repo {
namespace {

using codec::sample_noise;

constexpr std::uint64_t kGreatPack = 1 << 30;

// By packContentPostamble.toBytes of kopia 0.23.1.
constexpr std::string_view kStock = "011099a04b1bf998adb431796e18cf9c33088080800ac0c40743d3043f1d";
constexpr std::string_view kStockLongIv =
    "01201e25fbd08fa1460ee7813bd291217ddeac1753c7841f9d055d2c664886c104d6802001d9ad52dc29";

TEST(Postamble, IsTheOneOfStock) {
  EXPECT_EQ(to_hex(*encode_postamble({sample_noise(16), 20'971'520, 123'456})), kStock);
  EXPECT_EQ(to_hex(*encode_postamble({sample_noise(32), 4096, 1})), kStockLongIv);
}

TEST(Postamble, IsFoundAtTheEndOfAPack) {
  Bytes pack = sample_noise(1000);
  append(pack, *parse_hex(kStock));
  for (const std::size_t size : {pack.size(), kMaxPostambleBytes, std::size_t{30}}) {
    auto found = find_postamble(ByteView(pack).last(size), kGreatPack);
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->local_index_iv, sample_noise(16));
    EXPECT_EQ(found->local_index_offset, 20'971'520U);
    EXPECT_EQ(found->local_index_length, 123'456U);
  }
}

TEST(Postamble, ThatLeadsOutsideOfThePackIsNone) {
  const Bytes end = *parse_hex(kStock);
  constexpr std::uint64_t kSmallest = 20'971'520 + 123'456 + 30;
  EXPECT_TRUE(find_postamble(end, kSmallest).ok());
  EXPECT_EQ(find_postamble(end, kSmallest - 1).error().code(), Code::not_found);
  EXPECT_EQ(find_postamble(end, 30).error().code(), Code::not_found);
  EXPECT_EQ(find_postamble(end, 0).error().code(), Code::not_found);
  // Offset and length near 2^32 do not add up to something small.
  EXPECT_FALSE(find_postamble(*encode_postamble({{}, 0xFFFFFFFF, 0xFFFFFFFF}), kGreatPack).ok());
}

TEST(Postamble, IsNotFoundWhenCutOrDamaged) {
  const Bytes whole = *parse_hex(kStock);
  EXPECT_FALSE(find_postamble({}, kGreatPack).ok());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(find_postamble(ByteView(whole).first(size), kGreatPack).ok()) << size;
    EXPECT_FALSE(find_postamble(ByteView(whole).last(size), kGreatPack).ok()) << size;
  }
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    Bytes damaged = whole;
    damaged[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    EXPECT_FALSE(find_postamble(damaged, kGreatPack).ok()) << bit;
  }
}

TEST(Postamble, TakesNoIvThatLeavesNoRoom) {
  EXPECT_TRUE(encode_postamble({Bytes(246), 0, 0}).ok());
  EXPECT_EQ(encode_postamble({Bytes(247), 0, 0}).error().code(), Code::invalid);
}

TEST(Pack, IsPaddedToTheNextMultipleEvenWhenItIsOne) {
  EXPECT_EQ(padding_of(0), 4096U);
  EXPECT_EQ(padding_of(1), 4095U);
  EXPECT_EQ(padding_of(4095), 1U);
  EXPECT_EQ(padding_of(4096), 4096U);
  SeededRng rng(1), same(1);
  Bytes pack = sample_noise(5), random(kPreambleBytes);
  append_random(pack, kPreambleBytes, rng);
  same.fill(random);
  EXPECT_EQ(Bytes(pack.begin() + 5, pack.end()), random);
}

// By addFormatBlobChecksumAndLength of kopia 0.23.1.
TEST(FormatCopy, IsTheOneOfStock) {
  const std::string text = "{\n  \"tool\": \"https://github.com/kopia/kopia\"\n}\n";
  const Bytes copy = *encode_format_copy(as_bytes(text));
  EXPECT_EQ(to_hex(copy),
            "4f007b0a202022746f6f6c223a202268747470733a2f2f6769746875622e636f6d2f6b6f7069612f6b6f706961220a7d0a"
            "9359bf18a3dabae7c4a918143bb6b6d6bcc3fd2767b49d892cbd141b81e05d654f00");
  Bytes pack = copy;
  append(pack, sample_noise(100));
  EXPECT_EQ(as_text(*find_format_copy(pack)), text);
  for (std::size_t size = 0; size < copy.size() - 2; ++size) {
    EXPECT_FALSE(find_format_copy(ByteView(copy).first(size)).has_value()) << size;
  }
  for (std::size_t bit = 0; bit < (copy.size() - 2) * 8; ++bit) {
    Bytes damaged = copy;
    damaged[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    EXPECT_FALSE(find_format_copy(damaged).has_value()) << bit;
  }
}

TEST(FormatCopy, HasALimit) {
  EXPECT_TRUE(encode_format_copy(Bytes(65000 - 32)).ok());
  EXPECT_EQ(encode_format_copy(Bytes(65000 - 31)).error().code(), Code::invalid);
}

}  // namespace
}  // namespace salvor::repo
