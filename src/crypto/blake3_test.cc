#include "crypto/blake3.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/hex.h"
#include "base/rng.h"

namespace salvor::crypto {
namespace {

// The published vectors: bytes that count to 250 and begin again, one key, one context.
const std::string kKey = "whats the Elvish word for friend";
const std::string kContext = "BLAKE3 2019-12-27 16:29:52 test vectors context";

Bytes counting(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i % 251);
  return bytes;
}

std::string keyed(std::size_t size) {
  Bytes digest(32);
  Blake3(as_bytes(kKey)).update(counting(size)).finish(digest);
  return to_hex(digest);
}

std::string derived(std::size_t size) { return to_hex(as_bytes(blake3_derive_key(kContext, counting(size)).reveal())); }

TEST(Blake3, MatchesThePublishedVectors) {
  EXPECT_EQ(keyed(0), "92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e783f1498a4ed60d26");
  EXPECT_EQ(keyed(1), "6d7878dfff2f485635d39013278ae14f1454b8c0a3a2d34bc1ab38228a80c95b");
  EXPECT_EQ(keyed(102'400), "1c35d1a5811083fd7119f5d5d1ba027b4d01c0c6c49fb6ff2cf75393ea5db4a7");
  EXPECT_EQ(derived(0), "2cc39783c223154fea8dfb7c1b1660f2ac2dcbd1c1de8277b0b0dd39b7e50d7d");
  EXPECT_EQ(derived(1), "b3e2e340a117a499c6cf2398a19ee0d29cca2bb7404c73063382693bf66cb06c");
  EXPECT_EQ(derived(102'400), "4652cff7a3f385a6103b5c260fc1593e13c778dbe608efb092fe7ee69df6e9c6");
}

TEST(Blake3, GivesTheSameDigestHoweverTheMessageIsCutAndStartsAfresh) {
  SeededRng rng(7);
  Bytes message(100'000);
  rng.fill(message);
  Blake3 hash(as_bytes(kKey));
  Bytes whole(32), digest(32);
  hash.update(message).finish(whole);
  for (int round = 0; round < 10; ++round) {
    for (ByteView rest = message; !rest.empty();) {
      const std::size_t take = std::min<std::size_t>(rest.size(), rng.below(9'000));
      hash.update(rest.first(take));
      rest = rest.subspan(take);
    }
    hash.finish(digest);
    EXPECT_EQ(digest, whole);
  }
}

TEST(Blake3, GivesAPrefixWhenLessIsAskedFor) {
  Bytes whole(32), half(16);
  Blake3(as_bytes(kKey)).update(counting(2'049)).finish(whole);
  Blake3(as_bytes(kKey)).update(counting(2'049)).finish(half);
  EXPECT_TRUE(std::equal(half.begin(), half.end(), whole.begin()));
}

}  // namespace
}  // namespace salvor::crypto
