#include "crypto/stored_secret.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <array>
#include <bit>
#include <memory>

#include "base/check.h"

namespace salvor::crypto {

namespace {

constexpr std::size_t kMaxSealedBytes = 256 << 20;  // OpenSSL counts in int

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* from_bytes(ByteView bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* into_bytes(Bytes& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

// The library keeps errors in a queue of the thread, where somebody else would find them.
std::nullopt_t refused() {
  ERR_clear_error();
  return std::nullopt;
}

const EVP_CIPHER* aes(std::size_t key_bytes, const EVP_CIPHER* (*of128)(), const EVP_CIPHER* (*of192)(),
                      const EVP_CIPHER* (*of256)()) {
  return key_bytes == 16 ? of128() : key_bytes == 24 ? of192() : key_bytes == 32 ? of256() : nullptr;
}

// --- Salsa20 (cr.yp.to/snuffle) ---------------------------------------------------------------------------------

using Words = std::array<std::uint32_t, 16>;

std::uint32_t word_at(ByteView bytes, std::size_t index) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | std::to_integer<std::uint32_t>(bytes[4 * index + i]);
  return value;
}

void put_word(MutableByteView bytes, std::size_t index, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) bytes[4 * index + i] = static_cast<std::byte>(value >> (8 * i));
}

// The constants on the diagonal, the key around them, and 16 bytes of nonce and counter in the middle.
Words salsa_state(ByteView key, ByteView middle) {
  return {0x61707865,         word_at(key, 0),    word_at(key, 1),    word_at(key, 2),
          word_at(key, 3),    0x3320646e,         word_at(middle, 0), word_at(middle, 1),
          word_at(middle, 2), word_at(middle, 3), 0x79622d32,         word_at(key, 4),
          word_at(key, 5),    word_at(key, 6),    word_at(key, 7),    0x6b206574};
}

void quarter(Words& x, int a, int b, int c, int d) {
  const auto at = [&](int i) -> std::uint32_t& { return x[static_cast<std::size_t>(i)]; };
  at(b) ^= std::rotl(at(a) + at(d), 7);
  at(c) ^= std::rotl(at(b) + at(a), 9);
  at(d) ^= std::rotl(at(c) + at(b), 13);
  at(a) ^= std::rotl(at(d) + at(c), 18);
}

Words salsa_rounds(Words x) {
  for (int round = 0; round < 10; ++round) {
    quarter(x, 0, 4, 8, 12);
    quarter(x, 5, 9, 13, 1);
    quarter(x, 10, 14, 2, 6);
    quarter(x, 15, 3, 7, 11);
    quarter(x, 0, 1, 2, 3);
    quarter(x, 5, 6, 7, 4);
    quarter(x, 10, 11, 8, 9);
    quarter(x, 15, 12, 13, 14);
  }
  return x;
}

using Block = std::array<std::byte, 64>;

Block salsa_block(ByteView key, ByteView nonce, std::uint64_t counter) {
  std::array<std::byte, 16> middle{};
  std::memcpy(middle.data(), nonce.data(), 8);
  put_word(middle, 2, static_cast<std::uint32_t>(counter));
  put_word(middle, 3, static_cast<std::uint32_t>(counter >> 32));
  const Words state = salsa_state(key, middle);
  const Words mixed = salsa_rounds(state);
  Block block;
  for (std::size_t i = 0; i < 16; ++i) put_word(block, i, state[i] + mixed[i]);
  return block;
}

// HSalsa20: a key for Salsa20 out of a key and the first 16 bytes of a longer nonce.
std::array<std::byte, 32> salsa_subkey(ByteView key, ByteView nonce) {
  const Words mixed = salsa_rounds(salsa_state(key, nonce.first(16)));
  std::array<std::byte, 32> subkey;
  constexpr std::size_t kTaken[] = {0, 5, 10, 15, 6, 7, 8, 9};
  for (std::size_t i = 0; i < 8; ++i) put_word(subkey, i, mixed[kTaken[i]]);
  return subkey;
}

std::array<std::byte, 16> poly1305(ByteView key, ByteView message) {
  std::array<std::byte, 16> tag;
  std::size_t size = 0;
  EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "POLY1305", nullptr);
  CHECK(algorithm != nullptr);
  const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> mac(EVP_MAC_CTX_new(algorithm), &EVP_MAC_CTX_free);
  EVP_MAC_free(algorithm);
  CHECK(mac && EVP_MAC_init(mac.get(), from_bytes(key), key.size(), nullptr) == 1);
  CHECK(EVP_MAC_update(mac.get(), from_bytes(message), message.size()) == 1);
  CHECK(EVP_MAC_final(mac.get(), reinterpret_cast<unsigned char*>(tag.data()), &size, tag.size()) == 1);
  CHECK(size == tag.size());
  return tag;
}

}  // namespace

std::optional<Bytes> open_aes_cbc(ByteView key, ByteView iv, ByteView sealed) {
  const EVP_CIPHER* const cipher = aes(key.size(), EVP_aes_128_cbc, EVP_aes_192_cbc, EVP_aes_256_cbc);
  const bool is_whole = !sealed.empty() && sealed.size() % 16 == 0 && sealed.size() <= kMaxSealedBytes;
  if (!cipher || iv.size() != 16 || !is_whole) return std::nullopt;
  const CipherContext context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  CHECK(context && EVP_DecryptInit_ex(context.get(), cipher, nullptr, from_bytes(key), from_bytes(iv)) == 1);
  Bytes plain(sealed.size() + 16);
  int size = 0, rest = 0;
  CHECK(EVP_DecryptUpdate(context.get(), into_bytes(plain), &size, from_bytes(sealed),
                          static_cast<int>(sealed.size())) == 1);
  if (EVP_DecryptFinal_ex(context.get(), into_bytes(plain) + size, &rest) != 1) return refused();
  plain.resize(static_cast<std::size_t>(size + rest));
  return plain;
}

std::optional<Bytes> open_aes_gcm(ByteView key, ByteView nonce, ByteView sealed, ByteView associated) {
  constexpr std::size_t kTagBytes = 16;
  const EVP_CIPHER* const cipher = aes(key.size(), EVP_aes_128_gcm, EVP_aes_192_gcm, EVP_aes_256_gcm);
  const bool is_whole = sealed.size() >= kTagBytes && sealed.size() <= kMaxSealedBytes;
  if (!cipher || nonce.size() != 12 || !is_whole || associated.size() > kMaxSealedBytes) return std::nullopt;
  const CipherContext context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  CHECK(context && EVP_DecryptInit_ex(context.get(), cipher, nullptr, from_bytes(key), from_bytes(nonce)) == 1);
  int size = 0;
  if (!associated.empty()) {
    CHECK(EVP_DecryptUpdate(context.get(), nullptr, &size, from_bytes(associated),
                            static_cast<int>(associated.size())) == 1);
  }
  const ByteView text = sealed.first(sealed.size() - kTagBytes);
  Bytes plain(text.size());
  if (!text.empty()) {
    CHECK(EVP_DecryptUpdate(context.get(), into_bytes(plain), &size, from_bytes(text), static_cast<int>(text.size())) ==
          1);
  }
  std::array<std::byte, kTagBytes> tag;
  std::memcpy(tag.data(), sealed.data() + text.size(), kTagBytes);
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1);
  unsigned char nothing[kTagBytes];
  if (EVP_DecryptFinal_ex(context.get(), nothing, &size) != 1) return refused();
  return plain;
}

// The stream's first 32 bytes are the key of the tag; the text begins behind them.
std::optional<Bytes> open_secretbox(ByteView key, ByteView nonce, ByteView sealed) {
  constexpr std::size_t kTagBytes = 16, kTagKeyBytes = 32;
  if (key.size() != 32 || nonce.size() != 24 || sealed.size() < kTagBytes) return std::nullopt;
  const auto subkey = salsa_subkey(key, nonce);
  const ByteView text = sealed.subspan(kTagBytes);
  Block block = salsa_block(subkey, nonce.subspan(16), 0);
  const auto tag = poly1305(ByteView(block).first(kTagKeyBytes), text);
  if (CRYPTO_memcmp(tag.data(), sealed.data(), kTagBytes) != 0) return std::nullopt;
  Bytes plain(text.size());
  for (std::size_t i = 0, at = kTagKeyBytes; i < text.size(); ++i, ++at) {
    if (at % block.size() == 0) block = salsa_block(subkey, nonce.subspan(16), at / block.size());
    plain[i] = text[i] ^ block[at % block.size()];
  }
  return plain;
}

}  // namespace salvor::crypto
