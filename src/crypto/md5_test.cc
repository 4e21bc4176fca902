#include "crypto/md5.h"

#include <gtest/gtest.h>

namespace salvor::crypto {
namespace {

// RFC 1321, appendix A.5.
TEST(Md5, MatchesThePublishedVectors) {
  const auto starts_with = [](std::string_view text, int first, int last) {
    const Md5Digest digest = md5(as_bytes(text));
    return std::to_integer<int>(digest[0]) == first && std::to_integer<int>(digest[15]) == last;
  };
  EXPECT_TRUE(starts_with("", 0xd4, 0x7e));     // d41d8cd98f00b204e9800998ecf8427e
  EXPECT_TRUE(starts_with("abc", 0x90, 0x72));  // 900150983cd24fb0d6963f7d28e17f72
  EXPECT_TRUE(starts_with("message digest", 0xf9, 0xd0));
}

}  // namespace
}  // namespace salvor::crypto
