#include "crypto/sha1.h"

#include <gtest/gtest.h>

#include "base/hex.h"

namespace salvor::crypto {
namespace {

// FIPS 180-2, appendix A.
TEST(Sha1, MatchesThePublishedVectors) {
  EXPECT_EQ(to_hex(sha1(as_bytes("abc"))), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(to_hex(sha1(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}

}  // namespace
}  // namespace salvor::crypto
