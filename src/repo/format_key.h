// The key that comes from a repository's password, and how it seals the two blobs that everything else hangs on.
// [kopia internal/crypto/pb_key_deriver_*.go, aesgcm.go]
//
//   FK     = scrypt(password, salt unique id, N 65536, r 8, p 1)       scrypt-65536-8-1, the default
//          | PBKDF2-HMAC-SHA256(password, unique id, 600000)           pbkdf2-sha256-600000
//   sealed = nonce(12, random) ciphertext tag(16)      AES-256-GCM, key HKDF(FK, unique id, "AES"),
//                                                      associated data HKDF(FK, unique id, "CHECKSUM")
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/rng.h"
#include "os/secret.h"

namespace salvor::repo {

inline constexpr std::string_view kScryptKeyAlgorithm = "scrypt-65536-8-1";
inline constexpr std::string_view kPbkdf2KeyAlgorithm = "pbkdf2-sha256-600000";
inline constexpr std::size_t kMinUniqueIdBytes = 16;

// Immutable; threads may share it.
class FormatKey {
 public:
  // Takes 64 MiB for a fifth of a second, or two fifths and no memory. `unsupported` for another algorithm, `corrupt`
  // for a unique id of less than kMinUniqueIdBytes or of a size that is none, `invalid` for a password of a gigabyte,
  // `out_of_space` when there is no memory.
  static Result<FormatKey> derive(const os::Secret& password, ByteView unique_id, std::string_view algorithm);
  // From an FK itself.
  FormatKey(os::Secret key, ByteView unique_id);

  // `invalid` for more than a gigabyte.
  Result<Bytes> seal(ByteView plain, Rng& rng) const;
  // `corrupt` for sizes that nothing sealed can have. `denied` when this key does not open it: the password is wrong,
  // or the bytes were changed, and nobody can tell which.
  Result<os::Secret> open(ByteView sealed) const;

  FormatKey copy() const;
  ByteView unique_id() const { return unique_id_; }
  const os::Secret& key() const { return key_; }

 private:
  os::Secret key_;
  Bytes unique_id_;
  os::Secret aes_key_, associated_;
};

}  // namespace salvor::repo
