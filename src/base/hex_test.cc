#include "base/hex.h"

#include <gtest/gtest.h>

#include <array>

namespace salvor {
namespace {

TEST(Hex, EveryByteGoesThereAndBack) {
  Bytes all(256);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::byte>(i);
  const std::string text = to_hex(all);
  EXPECT_EQ(text.substr(0, 8), "00010203");
  EXPECT_EQ(text.substr(text.size() - 8), "fcfdfeff");
  EXPECT_EQ(parse_hex(text), all);
  EXPECT_EQ(parse_hex(""), Bytes());
}

TEST(Hex, WhatIsNotLowerCasePairsIsNothing) {
  for (const std::string_view text : {"0", "0g", "g0", "AA", "aA", "0x00", " 00", "00 ", "/0", ":0", "`0"}) {
    EXPECT_EQ(parse_hex(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_hex(std::string_view("\0\0", 2)), std::nullopt);
}

TEST(Hex, AKnownLengthMustBeMet) {
  std::array<std::byte, 2> out{};
  EXPECT_TRUE(parse_hex("01ff", out));
  EXPECT_EQ(to_hex(out), "01ff");
  EXPECT_FALSE(parse_hex("01", out));
  EXPECT_FALSE(parse_hex("01ff00", out));
}

}  // namespace
}  // namespace salvor
