#include "repo/hashing.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/hex.h"
#include "base/rng.h"
#include "repo/sample_testing.h"

namespace salvor::repo {
namespace {

struct Vectors {
  std::string name;
  std::string of_nothing_abc_and_sample[3];
};

// kopia's hashing.CreateHashFunc, secret 00 01 .. 1f: of no bytes, of "abc", of sample_bytes(100'000).
const Vectors kVectors[] = {
    {"BLAKE2B-256",
     {"4e51e7a913fc80137da52880fecca175bf81e117d5c68126dc2774033517ea0d",
      "d63a32d3e44738d7907f964316c241adaba0abfeabc32349677578a15a203f7f",
      "219bbee27595f769a31e2c2d18be35b141b0b278b4ef07f024b764320181dd22"}},
    {"BLAKE2B-256-128",
     {"4e51e7a913fc80137da52880fecca175", "d63a32d3e44738d7907f964316c241ad", "219bbee27595f769a31e2c2d18be35b1"}},
    {"BLAKE2S-128",
     {"9536f9b267655743dee97b8a670f9f53", "61ba5f165c194692e09d12520cc4c74a", "aef391c0752cd1ff783cc6d2b40927ef"}},
    {"BLAKE2S-256",
     {"48a8997da407876b3d79c0d92325ad3b89cbb754d86ab71aee047ad345fd2c49",
      "a281f725754969a702f6fe36fc591b7def866e4b70173ece402fc01c064d6b65",
      "11b402a4eaa2837e8c3d3cb7a69141cf8fba5795f8c5c240caaa832c80f6e6e5"}},
    {"BLAKE3-256",
     {"73492b19995d71cdb1e9d74decc09809eb732f1b00bc95c27cb15f9dd4d6478f",
      "6da54495d8152f2bcba87bd7282df70901cdb66b4448ed5f4c7bd2852b8b5532",
      "7117b8f6a953c45595596fbb5553d3a095895cf3c5d72fc7343b7fb54e4b216b"}},
    {"BLAKE3-256-128",
     {"73492b19995d71cdb1e9d74decc09809", "6da54495d8152f2bcba87bd7282df709", "7117b8f6a953c45595596fbb5553d3a0"}},
    {"HMAC-SHA224",
     {"2a7430f93bb5456d155c654063c7074aa70c01936a6c0e53a9f9407f",
      "f8930d410fdd27f8d703d1f9852a2202569224942a0a8cc02a25db71",
      "752c448021ff9ddc86e0e67da20fd288535f0d292807ade24135820e"}},
    {"HMAC-SHA256",
     {"d38b42096d80f45f826b44a9d5607de72496a415d3f4a1a8c88e3bb9da8dc1cb",
      "f0133729c4163dede81e21cd47839256da58171238c8a0d874397c73b14e1e47",
      "05b3ab0edc4715c026314ad96a785bd001e3a8a1a34d2cda10550a869b680482"}},
    {"HMAC-SHA256-128",
     {"d38b42096d80f45f826b44a9d5607de7", "f0133729c4163dede81e21cd47839256", "05b3ab0edc4715c026314ad96a785bd0"}},
    {"HMAC-SHA3-224",
     {"2e37c6fd64fd8a04653d260323bc726482d8cb6b4d9e59e02bd58cd9",
      "debdc30c521141e043efd1e30e6555ddafe8e485a0b56931f3c6be91",
      "24c99c36884b6c5612db77c622ea466e4a09a9b832240e3e5cca0f7e"}},
    {"HMAC-SHA3-256",
     {"50ab1606034383fe4b3b4bc0a341a82e40ac85e455cdfeed4cac902a7b8ccfc1",
      "632f618ac17ba24355d9ee1fd187cf75bb5b68e6948804bf6674bf5ee7f1c345",
      "d05af56633a65f4278663cac069be22df3acc220e4586abb39c1d1b5ceb2e216"}},
};

struct OtherSecret {
  std::string name;
  std::size_t secret_bytes;
  std::string of_abc;
};

// The same function with shorter and longer secrets 00 01 .., of "abc".
const OtherSecret kOtherSecrets[] = {
    {"BLAKE2B-256", 16, "3fd8fd31501cdbe942607b204368e3dc4ebce5744de1a955a6025f5c9848bb20"},
    {"BLAKE2B-256", 40, "efcd8eafaf033a95aae17a671790a403025d2021f1ee86f0a9183b370afda063"},
    {"BLAKE2S-128", 16, "75296c2d2c0f51210b383f386bc8b1ff"},
    {"BLAKE2S-256", 16, "033a40b64c6296fc2e3584d2a06bcf1a8003ebb9b8007940e2f820b645917a4e"},
    {"BLAKE3-256", 16, "a1f67b5d835f082d9f8a56f472e92d9240903d2d88c158b9b472cda610e155bb"},
    {"BLAKE3-256", 40, "6da54495d8152f2bcba87bd7282df70901cdb66b4448ed5f4c7bd2852b8b5532"},
    {"BLAKE3-256", 70, "6da54495d8152f2bcba87bd7282df70901cdb66b4448ed5f4c7bd2852b8b5532"},
    {"BLAKE3-256", 0, "58542c489955389457a37359575486e11180602ec6919003018e9f8665437c76"},
    {"HMAC-SHA224", 16, "3e1c482f664967a9ad4f765236f85a1f635b34e935716235a29e61b1"},
    {"HMAC-SHA224", 40, "a4323789ec0a89680f2df8127846ca262331c59a13e51c24b8bf1791"},
    {"HMAC-SHA224", 70, "bcbef1fbd41e51856e208bf364a64b88bca4cadf2b94deb46bb8b629"},
    {"HMAC-SHA224", 0, "d473c456fa6aad72bbec9c6ad63ca92d8675caa0b7f451fa4b692081"},
    {"HMAC-SHA256", 16, "d601cc177559b0248459787f7e804ed7f27689b5995c59b661802d9682fdf8d2"},
    {"HMAC-SHA256", 40, "612eb5b211809b0d3f205f9494e7962d2df1bf6b1eb34ea31704282eead11635"},
    {"HMAC-SHA256", 70, "89b5813b72fdd0e0dfe31d61da0460d4d9f019677d9d959d5bee8d8253653cf3"},
    {"HMAC-SHA256", 0, "fd7adb152c05ef80dccf50a1fa4c05d5a3ec6da95575fc312ae7c5d091836351"},
    {"HMAC-SHA3-224", 16, "1090aca1d5adc412f5e7b4dfd28709dd2482c04a5e9a3bf0c3357e12"},
    {"HMAC-SHA3-224", 40, "7232faa8730599d6d8c5742b78e11083e93cc405ae62ce7d0a944c16"},
    {"HMAC-SHA3-224", 70, "f9c3e546b22da3c2eb4cd33a45e1734acb5367272f1222ad40d2e7b2"},
    {"HMAC-SHA3-224", 0, "45590e15e0bcb331f9de5c3bf8ef8e7d018a45397735e5a8a1ce0b9b"},
    {"HMAC-SHA3-256", 16, "18e82ea45a9407ccb78729168099d6c6731b562e0d16675a1fe2e3d681565277"},
    {"HMAC-SHA3-256", 40, "7876abcbec055dd66d33a02827ec552d018fa13a490e66a8660aadaae42a4b1c"},
    {"HMAC-SHA3-256", 70, "ad2eef179232775579725aeb048d4770ff1281c037d3d5791a49c79530444860"},
    {"HMAC-SHA3-256", 0, "776bdf4f598121a2ac38c408d375731a5681f10998e77dcb92fb474adfef8f90"},
};

os::Secret secret_of(std::size_t size) { return os::Secret(as_text(counting_bytes(size))); }

TEST(Hasher, NamesContentsAsKopiaDoes) {
  const Bytes sample = sample_bytes(100'000);
  for (const Vectors& vectors : kVectors) {
    Hasher hasher = Hasher::create(vectors.name, secret_of(32)).value();
    EXPECT_EQ(hasher.hash({}).hex(), vectors.of_nothing_abc_and_sample[0]) << vectors.name;
    EXPECT_EQ(hasher.hash(as_bytes("abc")).hex(), vectors.of_nothing_abc_and_sample[1]) << vectors.name;
    EXPECT_EQ(hasher.hash(sample).hex(), vectors.of_nothing_abc_and_sample[2]) << vectors.name;
    EXPECT_EQ(hasher.size() * 2, vectors.of_nothing_abc_and_sample[0].size());
  }
}

TEST(Hasher, TakesSecretsOfOtherLengthsAsKopiaDoes) {
  for (const OtherSecret& other : kOtherSecrets) {
    Hasher hasher = Hasher::create(other.name, secret_of(other.secret_bytes)).value();
    EXPECT_EQ(hasher.hash(as_bytes("abc")).hex(), other.of_abc) << other.name << " " << other.secret_bytes;
  }
}

// Kopia takes an empty secret for no key; the value is that of Python's hashlib.
TEST(Hasher, WithoutASecretNamesByThePlainBlake2b) {
  Hasher hasher = Hasher::create("BLAKE2B-256-128", {}).value();
  EXPECT_EQ(hasher.hash(as_bytes("abc")).hex(), "bddd813c634239723171ef3fee98579b");
}

TEST(Hasher, SeveralContentsAtOnceGetTheNamesThatTheyGetOneByOne) {
  SeededRng rng(4);
  for (const Vectors& vectors : kVectors) {
    Hasher hasher = Hasher::create(vectors.name, secret_of(32)).value();
    for (std::size_t count = 0; count < 20; ++count) {
      std::vector<Bytes> contents(count);
      std::vector<ContentHash> one_by_one(count), at_once(count);
      for (std::size_t i = 0; i < count; ++i) {
        contents[i].resize(rng.below(2000));
        rng.fill(contents[i]);
        one_by_one[i] = hasher.hash(contents[i]);
      }
      const std::vector<ByteView> views(contents.begin(), contents.end());
      hasher.hash_all(views, at_once);
      EXPECT_EQ(at_once, one_by_one) << vectors.name << " " << count;
    }
  }
}

TEST(Hasher, RefusesSecretsThatKopiaRefuses) {
  EXPECT_EQ(Hasher::create("BLAKE2B-256", secret_of(70)).error().code(), Code::invalid);
  EXPECT_EQ(Hasher::create("BLAKE2S-256", secret_of(40)).error().code(), Code::invalid);
  EXPECT_EQ(Hasher::create("BLAKE2S-128", {}).error().code(), Code::invalid);
}

TEST(Hasher, SaysWhatItDoesNotOffer) {
  const auto unknown = Hasher::create("blake2b-256", secret_of(32));
  EXPECT_EQ(unknown.error().code(), Code::unsupported);
  EXPECT_NE(unknown.error().message().find("blake2b-256"), std::string::npos);
}

TEST(ContentHash, IsOrderedAsItsBytes) {
  const auto hash = [](std::string_view digits) { return ContentHash::of(parse_hex(digits).value()).value(); };
  EXPECT_LT(hash("00ff"), hash("01"));
  EXPECT_LT(hash("01"), hash("0100"));
  EXPECT_LT(hash("7f"), hash("80"));
  EXPECT_EQ(hash("0102"), hash("0102"));
  EXPECT_NE(hash("01"), hash("0100"));
}

TEST(ContentHash, HoldsThirtyTwoBytesAndNoMore) {
  EXPECT_EQ(ContentHash::of(counting_bytes(32))->size(), 32u);
  EXPECT_EQ(ContentHash::of(counting_bytes(32))->bytes().back(), std::byte{31});
  EXPECT_FALSE(ContentHash::of(counting_bytes(33)));
  EXPECT_EQ(ContentHash().hex(), "");
}

}  // namespace
}  // namespace salvor::repo
