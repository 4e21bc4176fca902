#include "repo/format_key.h"

#include <algorithm>
#include <string>

#include "crypto/aead.h"
#include "crypto/hkdf.h"
#include "crypto/pbkdf2.h"
#include "crypto/scrypt.h"

namespace salvor::repo {
namespace {

using crypto::Aead;

constexpr std::size_t kSealOverhead = Aead::kNonceBytes + Aead::kTagBytes;
constexpr std::size_t kMostSealedBytes = Aead::kMaxMessageBytes - 1;
constexpr unsigned kScryptLog2Cost = 16;
constexpr unsigned kPbkdf2Iterations = 600'000;

}  // namespace

FormatKey::FormatKey(os::Secret key, ByteView unique_id) : key_(std::move(key)) {
  append(unique_id_, unique_id);
  aes_key_ = crypto::hkdf_sha256(as_bytes(key_.reveal()), unique_id, "AES");
  associated_ = crypto::hkdf_sha256(as_bytes(key_.reveal()), unique_id, "CHECKSUM");
}

Result<FormatKey> FormatKey::derive(const os::Secret& password, ByteView unique_id, std::string_view algorithm) {
  if (unique_id.size() < kMinUniqueIdBytes || unique_id.size() > kMostSealedBytes) {
    return Error(Code::corrupt, "the repository's unique id has " + std::to_string(unique_id.size()) +
                                    " bytes; it is the salt of its keys and has " + std::to_string(kMinUniqueIdBytes) +
                                    " at least");
  }
  if (password.reveal().size() > kMostSealedBytes) return Error(Code::invalid, "the password is too long");
  if (algorithm == kScryptKeyAlgorithm) {
    return FormatKey(TRY(crypto::scrypt(password, unique_id, kScryptLog2Cost)), unique_id);
  }
  if (algorithm == kPbkdf2KeyAlgorithm) {
    return FormatKey(crypto::pbkdf2_sha256(password, unique_id, kPbkdf2Iterations), unique_id);
  }
  return Error(Code::unsupported,
               "the repository derives its key by \"" + std::string(algorithm) + "\", which is not known here");
}

Result<Bytes> FormatKey::seal(ByteView plain, Rng& rng) const {
  if (plain.size() > kMostSealedBytes) {
    return Error(Code::invalid, std::to_string(plain.size()) + " bytes are too many to be sealed at once");
  }
  Bytes sealed(plain.size() + kSealOverhead);
  Aead::Nonce nonce;
  rng.fill(nonce);
  std::ranges::copy(nonce, sealed.begin());
  Aead(crypto::AeadCipher::aes_256_gcm, aes_key_)
      .seal(nonce, plain, MutableByteView(sealed).subspan(nonce.size()), as_bytes(associated_.reveal()));
  return sealed;
}

Result<os::Secret> FormatKey::open(ByteView sealed) const {
  if (sealed.size() < kSealOverhead || sealed.size() - kSealOverhead > kMostSealedBytes) {
    return Error(Code::corrupt, std::to_string(sealed.size()) + " bytes are none that a password seals");
  }
  Aead::Nonce nonce;
  std::ranges::copy(sealed.first(nonce.size()), nonce.begin());
  std::string plain(sealed.size() - kSealOverhead, '\0');
  const bool opened = Aead(crypto::AeadCipher::aes_256_gcm, aes_key_)
                          .open(nonce, sealed.subspan(nonce.size()), std::as_writable_bytes(std::span(plain)),
                                as_bytes(associated_.reveal()));
  if (opened) return os::Secret::take(std::move(plain));
  return Error(Code::denied, "the password does not open it: it is another password's, or it was changed");
}

FormatKey FormatKey::copy() const { return FormatKey(key_.copy(), unique_id_); }

}  // namespace salvor::repo
