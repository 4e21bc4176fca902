// The primitives under age against the examples of their RFCs.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "crypto/hkdf.h"
#include "crypto/scrypt.h"
#include "crypto/x25519.h"

namespace salvor::crypto {
namespace {

std::string unhex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

std::string hex(std::string_view bytes) {
  std::string digits;
  for (const char c : bytes) {
    digits += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    digits += "0123456789abcdef"[c & 15];
  }
  return digits;
}

// RFC 5869, A.1 and A.3; the first 32 of 42 bytes.
TEST(Hkdf, MatchesThePublishedVectors) {
  const std::string secret(22, '\x0b');
  EXPECT_EQ(
      hex(hkdf_sha256(as_bytes(secret), as_bytes(unhex("000102030405060708090a0b0c")), unhex("f0f1f2f3f4f5f6f7f8f9"))
              .reveal()),
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
  EXPECT_EQ(hex(hkdf_sha256(as_bytes(secret), {}, "").reveal()),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

// RFC 7914, section 12; the first 32 of 64 bytes.
TEST(Scrypt, MatchesThePublishedVector) {
  const auto key = scrypt(os::Secret("pleaseletmein"), as_bytes("SodiumChloride"), 14);
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(hex(key->reveal()), "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2");
}

X25519Public public_of(std::string_view digits) {
  X25519Public key;
  std::ranges::copy(as_bytes(unhex(digits)), key.begin());
  return key;
}

// RFC 7748, section 6.1.
TEST(X25519, MatchesThePublishedVectors) {
  const os::Secret alice(unhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
  const os::Secret bob(unhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));
  const X25519Public alices = public_of("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  const X25519Public bobs = public_of("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  EXPECT_EQ(x25519_public(alice), alices);
  EXPECT_EQ(x25519_public(bob), bobs);
  const auto one = x25519_shared(alice, bobs), other = x25519_shared(bob, alices);
  ASSERT_TRUE(one.ok() && other.ok());
  EXPECT_EQ(hex(one->reveal()), "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
  EXPECT_TRUE(*one == *other);
}

TEST(X25519, RefusesPointsOfLowOrder) {
  const os::Secret secret(std::string(32, 'k'));
  for (const char* point : {"0000000000000000000000000000000000000000000000000000000000000000",
                            "0100000000000000000000000000000000000000000000000000000000000000",
                            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    EXPECT_EQ(x25519_shared(secret, public_of(point)).error().code(), Code::invalid) << point;
  }
}

}  // namespace
}  // namespace salvor::crypto
