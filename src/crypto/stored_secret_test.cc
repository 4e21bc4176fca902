#include "crypto/stored_secret.h"

#include <gtest/gtest.h>

#include "base/hex.h"

namespace salvor::crypto {
namespace {

Bytes unhexed(std::string_view digits) { return parse_hex(digits).value(); }
std::string opened(const std::optional<Bytes>& plain) { return plain ? to_hex(*plain) : "refused"; }

// NaCl's tests/secretbox.c.
const char kBoxKey[] = "1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389";
const char kBoxNonce[] = "69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37";
const char kBoxPlain[] =
    "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41d"
    "b66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde048977eb48f59ffd4924ca1c60902e52f0a0"
    "89bc76897040e082f937763848645e0705";
const char kBoxSealed[] =
    "f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4d"
    "a7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da9983"
    "2b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5";

TEST(StoredSecrets, OpenTheBoxThatNaClPublishes) {
  EXPECT_EQ(opened(open_secretbox(unhexed(kBoxKey), unhexed(kBoxNonce), unhexed(kBoxSealed))), kBoxPlain);
}

TEST(StoredSecrets, RefuseABoxInWhichAnyByteIsAnotherOne) {
  for (std::size_t i = 0; i < sizeof kBoxSealed / 2; ++i) {
    Bytes sealed = unhexed(kBoxSealed);
    sealed[i] ^= std::byte{1};
    EXPECT_EQ(opened(open_secretbox(unhexed(kBoxKey), unhexed(kBoxNonce), sealed)), "refused") << i;
  }
  EXPECT_EQ(opened(open_secretbox(unhexed(kBoxKey), unhexed(kBoxNonce), {})), "refused");
}

// printf k8s-enc | openssl enc -aes-256-cbc -K ... -iv ...
TEST(StoredSecrets, OpenCbcAndTakeThePaddingAway) {
  const Bytes key = unhexed("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
  const Bytes iv = unhexed("000102030405060708090a0b0c0d0e0f");
  const Bytes sealed = unhexed("785dd2f99c312532558d6c7685719eb7");
  EXPECT_EQ(as_text(open_aes_cbc(key, iv, sealed).value()), "k8s-enc");
  EXPECT_EQ(opened(open_aes_cbc(key, iv, {})), "refused");
  EXPECT_EQ(opened(open_aes_cbc(key, iv, ByteView(sealed).first(15))), "refused");
  EXPECT_EQ(opened(open_aes_cbc(unhexed("00"), iv, sealed)), "refused");
  EXPECT_EQ(opened(open_aes_cbc(key, sealed, sealed)), "refused") << "the wrong start breaks the padding";
}

// McGrew and Viega, "The Galois/Counter Mode of Operation", test case 4: a key of 128 bits.
TEST(StoredSecrets, OpenGcmOfEveryKeySizeWithWhatItIsBoundTo) {
  const Bytes key = unhexed("feffe9928665731c6d6a8f9467308308");
  const Bytes nonce = unhexed("cafebabefacedbaddecaf888");
  const Bytes associated = unhexed("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  Bytes sealed = unhexed(
      "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a"
      "0aac973d58e091"
      "5bc94fbc3221a5db94fae95ae7121a47");
  EXPECT_EQ(
      opened(open_aes_gcm(key, nonce, sealed, associated)),
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de6"
      "57ba637b39");
  EXPECT_EQ(opened(open_aes_gcm(key, nonce, sealed, {})), "refused");
  sealed.back() ^= std::byte{1};
  EXPECT_EQ(opened(open_aes_gcm(key, nonce, sealed, associated)), "refused");
}

}  // namespace
}  // namespace salvor::crypto
