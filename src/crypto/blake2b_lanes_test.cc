// The oracle is OpenSSL's BLAKE2b, and for hashes without a key, which OpenSSL 3.0 lacks, values of Python's hashlib.
#include "crypto/blake2b_lanes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/hex.h"
#include "base/rng.h"
#include "crypto/mac.h"

namespace salvor::crypto {
namespace {

using Digest = Blake2bLanes::Digest;

std::vector<std::string> hexes(std::span<const Digest> digests) {
  std::vector<std::string> texts;
  for (const Digest& digest : digests) texts.push_back(to_hex(digest));
  return texts;
}

std::vector<std::string> lanes_say(const Bytes& key, const std::vector<Bytes>& messages) {
  const Blake2bLanes lanes = Blake2bLanes::create(key).value();
  const std::vector<ByteView> views(messages.begin(), messages.end());
  std::vector<Digest> digests(messages.size());
  lanes.hash(views, digests);
  return hexes(digests);
}

std::vector<std::string> openssl_says(const Bytes& key, const std::vector<Bytes>& messages) {
  Mac mac = Mac::create(MacAlgorithm::blake2b_256, key).value();
  std::vector<std::string> texts;
  for (const Bytes& message : messages) {
    Digest digest;
    mac.update(message).finish(digest);
    texts.push_back(to_hex(digest));
  }
  return texts;
}

Bytes random_bytes(std::size_t size, Rng& rng) {
  Bytes bytes(size);
  rng.fill(bytes);
  return bytes;
}

TEST(Blake2bLanes, EveryLengthAroundTheBlocksHashesAsByOpenssl) {
  SeededRng rng(1);
  const Bytes key = random_bytes(32, rng);
  std::vector<Bytes> messages;
  for (std::size_t size = 0; size <= 520; ++size) messages.push_back(random_bytes(size, rng));
  EXPECT_EQ(lanes_say(key, messages), openssl_says(key, messages));
}

TEST(Blake2bLanes, AnyNumberOfMessagesOfMixedLengthsHashesAsByOpenssl) {
  SeededRng rng(2);
  for (std::size_t count = 0; count <= 40; ++count) {
    const Bytes key = random_bytes(1 + rng.below(64), rng);
    std::vector<Bytes> messages;
    for (std::size_t i = 0; i < count; ++i) {
      messages.push_back(random_bytes(rng.below(rng.below(2) == 0 ? 300 : 20'000), rng));
    }
    EXPECT_EQ(lanes_say(key, messages), openssl_says(key, messages)) << count;
  }
}

TEST(Blake2bLanes, WithoutAKeyTheHashIsThePlainOne) {
  Bytes ramp(1000);
  for (std::size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<std::byte>(i);
  const ByteView abc = as_bytes("abc");
  EXPECT_EQ(lanes_say({}, {{}, Bytes(abc.begin(), abc.end()), ramp}),
            (std::vector<std::string>{"0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8",
                                      "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319",
                                      "c636324d47d89f2b2434dc2c994100663fbbaea880ff020fc5de89dd0f77a1ec"}));
}

TEST(Blake2bLanes, EveryFormThatThisProcessorHasSaysTheSame) {
  SeededRng rng(3);
  const Blake2bLanes lanes = Blake2bLanes::create(random_bytes(32, rng)).value();
  std::vector<Bytes> messages;
  for (int i = 0; i < 30; ++i) messages.push_back(random_bytes(rng.below(3000), rng));
  const std::vector<ByteView> views(messages.begin(), messages.end());
  std::vector<Digest> fastest(messages.size());
  lanes.hash(views, fastest);

  std::vector<std::pair<const char*, Blake2bForm>> forms = blake2b_forms();
  EXPECT_GE(forms.size(), 1U);
  for (const auto& [name, form] : forms) {
    std::vector<Digest> digests(messages.size());
    lanes.hash_with(form, views, digests);
    EXPECT_EQ(hexes(digests), hexes(fastest)) << name;
  }
}

TEST(Blake2bLanes, AKeyOfMoreThan64BytesIsRefused) {
  EXPECT_EQ(Blake2bLanes::create(Bytes(65)).error().code(), Code::invalid);
  EXPECT_TRUE(Blake2bLanes::create(Bytes(64)).ok());
}

}  // namespace
}  // namespace salvor::crypto
