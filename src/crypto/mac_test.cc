#include "crypto/mac.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/hex.h"
#include "base/rng.h"

namespace salvor::crypto {
namespace {

constexpr MacAlgorithm kAll[] = {MacAlgorithm::hmac_sha224,   MacAlgorithm::hmac_sha256, MacAlgorithm::hmac_sha3_224,
                                 MacAlgorithm::hmac_sha3_256, MacAlgorithm::blake2b_256, MacAlgorithm::blake2s_128,
                                 MacAlgorithm::blake2s_256};

Bytes ramp(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i);
  return bytes;
}

Bytes digest_of(Mac& mac, ByteView message) {
  Bytes digest(mac.size());
  mac.update(message).finish(digest);
  return digest;
}

std::string keyed_hash_of(MacAlgorithm algorithm, ByteView key, ByteView message) {
  Mac mac = Mac::create(algorithm, key).value();
  return to_hex(digest_of(mac, message));
}

// RFC 4231, section 4.3; NIST's example values for HMAC-SHA3 (key of 28 and 32 bytes).
TEST(Mac, MatchesThePublishedVectorsOfHmac) {
  const ByteView key = as_bytes("Jefe"), message = as_bytes("what do ya want for nothing?");
  EXPECT_EQ(keyed_hash_of(MacAlgorithm::hmac_sha224, key, message),
            "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44");
  EXPECT_EQ(keyed_hash_of(MacAlgorithm::hmac_sha256, key, message),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  const ByteView sample = as_bytes("Sample message for keylen<blocklen");
  EXPECT_EQ(keyed_hash_of(MacAlgorithm::hmac_sha3_224, ramp(28), sample),
            "332cfd59347fdb8e576e77260be4aba2d6dc53117b3bfb52c6d18c04");
  EXPECT_EQ(keyed_hash_of(MacAlgorithm::hmac_sha3_256, ramp(32), sample),
            "4fe8e202c4f058e8dddc23d8c34e467343e23555e24fc2f025d598f558f67205");
}

// The keyed vectors of BLAKE2's authors are of full length; for BLAKE2s that is 32 bytes. The other two:
// golang.org/x/crypto blake2b.New256 and blake2s.New128.
TEST(Mac, MatchesTheVectorsOfBlake2) {
  EXPECT_EQ(keyed_hash_of(MacAlgorithm::blake2s_256, ramp(32), {}),
            "48a8997da407876b3d79c0d92325ad3b89cbb754d86ab71aee047ad345fd2c49");
  EXPECT_EQ(keyed_hash_of(MacAlgorithm::blake2b_256, ramp(32), {}),
            "4e51e7a913fc80137da52880fecca175bf81e117d5c68126dc2774033517ea0d");
  EXPECT_EQ(keyed_hash_of(MacAlgorithm::blake2b_256, ramp(32), as_bytes("abc")),
            "d63a32d3e44738d7907f964316c241adaba0abfeabc32349677578a15a203f7f");
  EXPECT_EQ(keyed_hash_of(MacAlgorithm::blake2s_128, ramp(32), as_bytes("abc")), "61ba5f165c194692e09d12520cc4c74a");
}

TEST(Mac, GivesTheSameDigestHoweverTheMessageIsCutAndStartsAfresh) {
  SeededRng rng(7);
  Bytes message(10'000);
  rng.fill(message);
  for (const MacAlgorithm algorithm : kAll) {
    Mac mac = Mac::create(algorithm, ramp(32)).value();
    const Bytes whole = digest_of(mac, message);
    for (int round = 0; round < 10; ++round) {
      for (ByteView rest = message; !rest.empty();) {
        const std::size_t take = std::min<std::size_t>(rest.size(), rng.below(700));
        mac.update(rest.first(take));
        rest = rest.subspan(take);
      }
      Bytes digest(mac.size());
      mac.finish(digest);
      EXPECT_EQ(digest, whole);
    }
  }
}

TEST(Mac, RefusesKeysThatTheAlgorithmDoesNotTake) {
  EXPECT_EQ(Mac::create(MacAlgorithm::blake2b_256, {}).error().code(), Code::invalid);
  EXPECT_TRUE(Mac::create(MacAlgorithm::blake2b_256, ramp(64)).ok());
  EXPECT_EQ(Mac::create(MacAlgorithm::blake2b_256, ramp(65)).error().code(), Code::invalid);
  EXPECT_EQ(Mac::create(MacAlgorithm::blake2s_256, ramp(33)).error().code(), Code::invalid);
  EXPECT_TRUE(Mac::create(MacAlgorithm::hmac_sha256, {}).ok());
  EXPECT_TRUE(Mac::create(MacAlgorithm::hmac_sha256, ramp(300)).ok());
}

}  // namespace
}  // namespace salvor::crypto
