#include "crypto/aead.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/hex.h"

namespace salvor::crypto {
namespace {

struct Vector {
  AeadCipher cipher;
  os::Secret key;
  Aead::Nonce nonce;
  Bytes associated, plain, sealed;
};

Bytes bytes_of(std::string_view digits) { return parse_hex(digits).value(); }

Aead::Nonce nonce_of(std::string_view digits) {
  Aead::Nonce nonce;
  EXPECT_TRUE(parse_hex(digits, nonce));
  return nonce;
}

// RFC 8439, section 2.8.2.
Vector chacha20_poly1305() {
  return {
      .cipher = AeadCipher::chacha20_poly1305,
      .key = os::Secret(as_text(bytes_of("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"))),
      .nonce = nonce_of("070000004041424344454647"),
      .associated = bytes_of("50515253c0c1c2c3c4c5c6c7"),
      .plain =
          bytes_of("4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a20496620492063"
                   "6f756c64206f6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
                   "637265656e20776f756c642062652069742e"),
      .sealed =
          bytes_of("d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b"
                   "1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
                   "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691"),
  };
}

// McGrew and Viega, "The Galois/Counter Mode of Operation", test case 16.
Vector aes_256_gcm() {
  return {
      .cipher = AeadCipher::aes_256_gcm,
      .key = os::Secret(as_text(bytes_of("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"))),
      .nonce = nonce_of("cafebabefacedbaddecaf888"),
      .associated = bytes_of("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
      .plain =
          bytes_of("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525"
                   "b16aedf5aa0de657ba637b39"),
      .sealed =
          bytes_of("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
                   "c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"),
  };
}

class AeadVectors : public testing::Test {
 protected:
  AeadVectors() {
    vectors_.push_back(chacha20_poly1305());
    vectors_.push_back(aes_256_gcm());
  }
  std::vector<Vector> vectors_;
};

TEST_F(AeadVectors, AreMatchedAgainAndAgain) {
  for (const Vector& vector : vectors_) {
    Aead aead(vector.cipher, vector.key);
    Bytes sealed(vector.sealed.size()), plain(vector.plain.size());
    for (int round = 0; round < 3; ++round) {
      aead.seal(vector.nonce, vector.plain, sealed, vector.associated);
      EXPECT_EQ(to_hex(sealed), to_hex(vector.sealed));
      EXPECT_TRUE(aead.open(vector.nonce, vector.sealed, plain, vector.associated));
      EXPECT_EQ(plain, vector.plain);
      EXPECT_FALSE(aead.open(vector.nonce, vector.sealed, plain));
    }
  }
}

TEST_F(AeadVectors, AreMatchedByAnObjectThatHadAnotherKey) {
  for (const Vector& vector : vectors_) {
    Aead aead(vector.cipher, os::Secret(std::string(Aead::kKeyBytes, 'k')));
    Bytes sealed(vector.sealed.size()), plain(vector.plain.size());
    EXPECT_FALSE(aead.open(vector.nonce, vector.sealed, plain, vector.associated));
    aead.seal({}, vector.plain, sealed);
    aead.rekey(as_bytes(vector.key.reveal()));
    EXPECT_TRUE(aead.open(vector.nonce, vector.sealed, plain, vector.associated));
    aead.rekey(as_bytes(vector.key.reveal()));
    aead.seal(vector.nonce, vector.plain, sealed, vector.associated);
    EXPECT_EQ(to_hex(sealed), to_hex(vector.sealed));
  }
}

TEST_F(AeadVectors, NoticeEveryChangedBitAndGiveNothingAway) {
  for (const Vector& vector : vectors_) {
    Aead aead(vector.cipher, vector.key);
    Bytes plain(vector.plain.size());
    for (std::size_t bit = 0; bit < vector.sealed.size() * 8; ++bit) {
      Bytes changed = vector.sealed;
      changed[bit / 8] ^= std::byte{1} << bit % 8;
      EXPECT_FALSE(aead.open(vector.nonce, changed, plain, vector.associated));
      EXPECT_TRUE(std::ranges::all_of(plain, [](std::byte b) { return b == std::byte{}; }));
    }
  }
}

TEST_F(AeadVectors, SealNothingAtAll) {
  for (const Vector& vector : vectors_) {
    Aead aead(vector.cipher, vector.key);
    Bytes sealed(Aead::kTagBytes);
    aead.seal(vector.nonce, {}, sealed);
    EXPECT_TRUE(aead.open(vector.nonce, sealed, {}));
    sealed[3] ^= std::byte{1};
    EXPECT_FALSE(aead.open(vector.nonce, sealed, {}));
  }
}

}  // namespace
}  // namespace salvor::crypto
