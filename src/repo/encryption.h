// How contents and index blobs are sealed. [kopia repo/encryption]
//
//   key    = HMAC-SHA256(HKDF-SHA256(master key, salt "encryption", info ""), iv)      of this item alone
//   sealed = nonce(12, random) ciphertext tag(16)                                      AEAD with the iv as associated
//   data
//
// The iv of a content is the last 16 bytes of its hash, so what is opened is known to be what was asked for.
// AES256-GCM-HMAC-SHA256, the default, seals with AES-256-GCM, CHACHA20-POLY1305-HMAC-SHA256 with ChaCha20-Poly1305;
// kopia has no others.
#pragma once

#include <functional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/rng.h"
#include "crypto/aead.h"
#include "crypto/mac.h"
#include "os/secret.h"

namespace salvor::repo {

inline constexpr std::string_view kDefaultEncryption = "AES256-GCM-HMAC-SHA256";

// Not thread-safe; one per thread.
class Encryptor {
 public:
  // `unsupported` for another name.
  static Result<Encryptor> create(std::string_view name, const os::Secret& master_key);

  // By how many bytes a sealed item is longer than the plain one.
  static constexpr std::size_t overhead() { return crypto::Aead::kNonceBytes + crypto::Aead::kTagBytes; }
  // The largest plain item, in bytes.
  static constexpr std::size_t max_plain_bytes() { return crypto::Aead::kMaxMessageBytes; }

  // Appends the sealed item to `out`. Requires: `plain` is not a part of `out`. `invalid` when plain or iv is larger
  // than max_plain_bytes(); nothing was appended then. Where there is a `drain` it is called after each kPieceBytes,
  // and may take away what is in `out`: its errors end this.
  static constexpr std::size_t kPieceBytes = 256 << 10;  // a fraction of a processor's cache
  using Drain = std::function<Result<>()>;
  Result<> encrypt(ByteView plain, ByteView iv, Rng& rng, Bytes& out, const Drain& drain = {});
  // Appends the plain item to `out`. Requires: `sealed` is not a part of `out`. `corrupt` when it is too short or too
  // long to be one, or was not sealed with this master key and iv; nothing was appended then.
  Result<> decrypt(ByteView sealed, ByteView iv, Bytes& out);
  // The same for items that are large, without a second buffer. After an Error `item` holds nothing of use.
  Result<> decrypt_in_place(Bytes& item, ByteView iv);

  // The same for an item that comes in pieces: `fill` gets room for the next bytes of all `sealed_bytes`, and fills it.
  // `take` gets plain bytes before the item is known to be what was sealed: after an error all of them are worth
  // nothing.
  using Fill = std::function<Result<>(MutableByteView)>;
  using Take = std::function<Result<>(ByteView)>;
  Result<> decrypt_pieces(std::uint64_t sealed_bytes, ByteView iv, const Fill& fill, const Take& take);

 private:
  Encryptor(crypto::AeadCipher cipher, crypto::Mac item_keys);
  void use_key_of(ByteView iv);
  Result<> open_into(ByteView sealed, ByteView iv, MutableByteView plain);

  crypto::Mac item_keys_;
  crypto::Aead aead_;
  Bytes piece_;
};

}  // namespace salvor::repo
