#include "crypto/hkdf.h"

#include <string.h>

#include <string>

#include "crypto/hmac_sha256.h"

namespace salvor::crypto {

os::Secret hkdf_sha256(ByteView secret, ByteView salt, std::string_view info) {
  Sha256Digest pseudorandom = hmac_sha256(salt, secret);
  // One block is all there is to expand: T(1) = HMAC(PRK, info || 1).
  Sha256Digest output = hmac_sha256(pseudorandom, as_bytes(std::string(info) + '\x01'));
  os::Secret derived(as_text(output));
  ::explicit_bzero(pseudorandom.data(), pseudorandom.size());
  ::explicit_bzero(output.data(), output.size());
  return derived;
}

}  // namespace salvor::crypto
