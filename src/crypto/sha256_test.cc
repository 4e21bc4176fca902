#include "crypto/sha256.h"

#include <gtest/gtest.h>

#include <string>

#include "base/hex.h"
#include "base/rng.h"

namespace salvor::crypto {
namespace {

std::string hash_of(std::string_view text) { return to_hex(sha256(as_bytes(text))); }

// FIPS 180-4 examples and the NIST long-message example.
TEST(Sha256, MatchesThePublishedVectors) {
  EXPECT_EQ(hash_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hash_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hash_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hash_of(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, GivesTheSameDigestHoweverTheMessageIsCut) {
  SeededRng rng(7);
  Bytes message(10'000);
  rng.fill(message);
  const Sha256Digest whole = sha256(message);
  Sha256 hash;
  for (int round = 0; round < 50; ++round) {
    for (ByteView rest = message; !rest.empty();) {
      const std::size_t take = std::min<std::size_t>(rest.size(), rng.below(700));
      hash.update(rest.first(take));
      rest = rest.subspan(take);
    }
    EXPECT_EQ(hash.finish(), whole);
  }
}

TEST(Sha256, StartsAfreshAfterFinish) {
  Sha256 hash;
  hash.update(as_bytes("something else")).finish();
  EXPECT_EQ(to_hex(hash.update(as_bytes("abc")).finish()),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace salvor::crypto
