#include "crypto/pbkdf2.h"

#include <gtest/gtest.h>

#include "base/hex.h"

namespace salvor::crypto {
namespace {

// RFC 7914, section 11; the first 32 of 64 bytes.
TEST(Pbkdf2, MatchesThePublishedVectors) {
  const auto key = [](std::string_view passphrase, std::string_view salt, unsigned iterations) {
    return to_hex(as_bytes(pbkdf2_sha256(os::Secret(passphrase), as_bytes(salt), iterations).reveal()));
  };
  EXPECT_EQ(key("passwd", "salt", 1), "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
  EXPECT_EQ(key("Password", "NaCl", 80'000), "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56");
}

}  // namespace
}  // namespace salvor::crypto
