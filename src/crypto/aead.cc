#include "crypto/aead.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace salvor::crypto {
namespace {

// Fetched once: an implicit fetch per object costs more than sealing a small message. Never freed, like the library.
const EVP_CIPHER* fetched(AeadCipher cipher) {
  static const EVP_CIPHER* const kGcm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  static const EVP_CIPHER* const kChaCha = EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr);
  CHECK(kGcm != nullptr && kChaCha != nullptr);
  return cipher == AeadCipher::aes_256_gcm ? kGcm : kChaCha;
}

const unsigned char* in(ByteView bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* out(MutableByteView bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

}  // namespace

struct Aead::State {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  State(AeadCipher cipher, ByteView key) {
    CHECK(context != nullptr && key.size() == kKeyBytes);
    CHECK(EVP_CipherInit_ex(context, fetched(cipher), nullptr, in(key), nullptr, 1) == 1);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_CIPHER_CTX_free(context); }

  void begin(const Nonce& nonce, ByteView associated, int encrypt) {
    CHECK(associated.size() <= kMaxMessageBytes);
    CHECK(EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, in(nonce), encrypt) == 1);
    int size = 0;
    if (!associated.empty()) {
      CHECK(EVP_CipherUpdate(context, nullptr, &size, in(associated), static_cast<int>(associated.size())) == 1);
    }
  }
  void update(ByteView from, MutableByteView to) {
    CHECK(from.size() <= kMaxMessageBytes);
    int size = 0;
    if (from.empty()) return;
    CHECK(EVP_CipherUpdate(context, out(to), &size, in(from), static_cast<int>(from.size())) == 1);
    CHECK(static_cast<std::size_t>(size) == from.size());
  }
};

Aead::Aead(AeadCipher cipher, const os::Secret& key)
    : state_(std::make_unique<State>(cipher, as_bytes(key.reveal()))) {}
Aead::~Aead() = default;
Aead::Aead(Aead&&) noexcept = default;
Aead& Aead::operator=(Aead&&) noexcept = default;

void Aead::rekey(ByteView key) {
  CHECK(key.size() == kKeyBytes);
  CHECK(EVP_CipherInit_ex(state_->context, nullptr, nullptr, in(key), nullptr, -1) == 1);
}

void Aead::seal(const Nonce& nonce, ByteView plain, MutableByteView sealed, ByteView associated) {
  CHECK(sealed.size() == plain.size() + kTagBytes);
  seal_begin(nonce, associated);
  seal_piece(plain, sealed.first(plain.size()));
  seal_end(sealed.last(kTagBytes));
}

void Aead::seal_begin(const Nonce& nonce, ByteView associated) { state_->begin(nonce, associated, 1); }

void Aead::seal_piece(ByteView plain, MutableByteView sealed) {
  CHECK(sealed.size() == plain.size());
  state_->update(plain, sealed);
}

void Aead::seal_end(MutableByteView tag) {
  CHECK(tag.size() == kTagBytes);
  unsigned char nothing[kTagBytes];
  int size = 0;
  CHECK(EVP_CipherFinal_ex(state_->context, nothing, &size) == 1 && size == 0);
  CHECK(EVP_CIPHER_CTX_ctrl(state_->context, EVP_CTRL_AEAD_GET_TAG, kTagBytes, out(tag)) == 1);
}

bool Aead::open(const Nonce& nonce, ByteView sealed, MutableByteView plain, ByteView associated) {
  CHECK(sealed.size() == plain.size() + kTagBytes);
  std::array<std::byte, kTagBytes> tag;  // the plain bytes may lie where it lies
  std::ranges::copy(sealed.last(kTagBytes), tag.begin());
  open_begin(nonce, associated);
  open_piece(sealed.first(plain.size()), plain);
  if (open_end(tag)) return true;
  if (!plain.empty()) ::explicit_bzero(plain.data(), plain.size());
  return false;
}

void Aead::open_begin(const Nonce& nonce, ByteView associated) { state_->begin(nonce, associated, 0); }

void Aead::open_piece(ByteView sealed, MutableByteView plain) {
  CHECK(sealed.size() == plain.size());
  state_->update(sealed, plain);
}

bool Aead::open_end(ByteView tag) {
  CHECK(tag.size() == kTagBytes);
  unsigned char expected[kTagBytes], nothing[kTagBytes];
  std::memcpy(expected, tag.data(), kTagBytes);
  CHECK(EVP_CIPHER_CTX_ctrl(state_->context, EVP_CTRL_AEAD_SET_TAG, kTagBytes, expected) == 1);
  int size = 0;
  if (EVP_CipherFinal_ex(state_->context, nothing, &size) == 1) return true;
  ERR_clear_error();
  return false;
}

}  // namespace salvor::crypto
