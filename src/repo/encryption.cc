#include "repo/encryption.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "crypto/hkdf.h"

namespace salvor::repo {
namespace {

using crypto::Aead;
using crypto::AeadCipher;

constexpr std::string_view kContentKeyPurpose = "encryption";

Error not_an_item(const std::string& why) { return Error(Code::corrupt, "sealed bytes cannot be opened: " + why); }

Error changed_item() { return not_an_item("they were changed, or are not what their name says"); }

// `corrupt` when these are no bytes of an item.
Result<std::size_t> plain_size(std::uint64_t sealed, ByteView iv) {
  if (sealed < Encryptor::overhead()) {
    return not_an_item("they are " + std::to_string(sealed) + ", and none are shorter than " +
                       std::to_string(Encryptor::overhead()));
  }
  const std::uint64_t plain = sealed - Encryptor::overhead();
  if (plain > Encryptor::max_plain_bytes() || iv.size() > Encryptor::max_plain_bytes()) {
    return not_an_item("they are too many");
  }
  return static_cast<std::size_t>(plain);
}

}  // namespace

Encryptor::Encryptor(AeadCipher cipher, crypto::Mac item_keys)
    : item_keys_(std::move(item_keys)), aead_(cipher, os::Secret(std::string(Aead::kKeyBytes, '\0'))) {}

Result<Encryptor> Encryptor::create(std::string_view name, const os::Secret& master_key) {
  AeadCipher cipher;
  if (name == kDefaultEncryption) {
    cipher = AeadCipher::aes_256_gcm;
  } else if (name == "CHACHA20-POLY1305-HMAC-SHA256") {
    cipher = AeadCipher::chacha20_poly1305;
  } else {
    return Error(Code::unsupported,
                 "the repository encrypts with \"" + std::string(name) + "\", which is not known here");
  }
  const os::Secret derived = crypto::hkdf_sha256(as_bytes(master_key.reveal()), as_bytes(kContentKeyPurpose), "");
  return Encryptor(cipher, TRY(crypto::Mac::create(crypto::MacAlgorithm::hmac_sha256, as_bytes(derived.reveal()))));
}

void Encryptor::use_key_of(ByteView iv) {
  std::array<std::byte, Aead::kKeyBytes> key;
  item_keys_.update(iv).finish(key);
  aead_.rekey(key);
  ::explicit_bzero(key.data(), key.size());
}

Result<> Encryptor::encrypt(ByteView plain, ByteView iv, Rng& rng, Bytes& out, const Drain& drain) {
  if (plain.size() > max_plain_bytes() || iv.size() > max_plain_bytes()) {
    return Error(Code::invalid, std::to_string(std::max(plain.size(), iv.size())) +
                                    " bytes are too many to be sealed at once; the most are " +
                                    std::to_string(max_plain_bytes()));
  }
  Aead::Nonce nonce;
  rng.fill(nonce);
  use_key_of(iv);
  append(out, nonce);
  aead_.seal_begin(nonce, iv);
  const std::size_t piece = drain ? kPieceBytes : max_plain_bytes();
  for (ByteView rest = plain; !rest.empty();) {
    const ByteView part = rest.first(std::min(rest.size(), piece));
    aead_.seal_piece(part, {extend(out, part.size()), part.size()});
    rest = rest.subspan(part.size());
    if (drain) TRY(drain());
  }
  aead_.seal_end({extend(out, Aead::kTagBytes), Aead::kTagBytes});
  return {};
}

// Requires: as many bytes as the item is longer than `plain` are its overhead.
Result<> Encryptor::open_into(ByteView sealed, ByteView iv, MutableByteView plain) {
  Aead::Nonce nonce;
  std::ranges::copy(sealed.first(nonce.size()), nonce.begin());
  use_key_of(iv);
  if (aead_.open(nonce, sealed.subspan(nonce.size()), plain, iv)) return {};
  return changed_item();
}

Result<> Encryptor::decrypt_pieces(std::uint64_t sealed_bytes, ByteView iv, const Fill& fill, const Take& take) {
  std::size_t left = TRY(plain_size(sealed_bytes, iv));
  Aead::Nonce nonce;
  std::array<std::byte, Aead::kTagBytes> tag;
  TRY(fill(nonce));
  use_key_of(iv);
  aead_.open_begin(nonce, iv);
  while (left > 0) {
    piece_.resize(std::min(left, kPieceBytes));
    TRY(fill(piece_));
    aead_.open_piece(piece_, piece_);
    TRY(take(piece_));
    left -= piece_.size();
  }
  TRY(fill(tag));
  return aead_.open_end(tag) ? Result<>() : changed_item();
}

Result<> Encryptor::decrypt(ByteView sealed, ByteView iv, Bytes& out) {
  const std::size_t plain = TRY(plain_size(sealed.size(), iv));
  const std::size_t before = out.size();
  Result<> opened = open_into(sealed, iv, MutableByteView(extend(out, plain), plain));
  if (!opened.ok()) out.resize(before);
  return opened;
}

Result<> Encryptor::decrypt_in_place(Bytes& item, ByteView iv) {
  const std::size_t plain = TRY(plain_size(item.size(), iv));
  TRY(open_into(item, iv, MutableByteView(item).subspan(Aead::kNonceBytes, plain)));
  std::memmove(item.data(), item.data() + Aead::kNonceBytes, plain);
  item.resize(plain);
  return {};
}

}  // namespace salvor::repo
