#include "crypto/pbkdf2.h"

#include <openssl/evp.h>

#include <limits>
#include <string>

#include "base/check.h"

namespace salvor::crypto {

os::Secret pbkdf2_sha256(const os::Secret& passphrase, ByteView salt, unsigned iterations) {
  constexpr std::size_t kMost = std::size_t{1} << 30;  // OpenSSL counts in int
  const std::string_view text = passphrase.reveal();
  CHECK(text.size() < kMost && salt.size() < kMost);
  CHECK(iterations > 0 && iterations <= static_cast<unsigned>(std::numeric_limits<int>::max()));
  std::string key(32, '\0');
  CHECK(PKCS5_PBKDF2_HMAC(text.data(), static_cast<int>(text.size()),
                          reinterpret_cast<const unsigned char*>(salt.data()), static_cast<int>(salt.size()),
                          static_cast<int>(iterations), EVP_sha256(), static_cast<int>(key.size()),
                          reinterpret_cast<unsigned char*>(key.data())) == 1);
  return os::Secret::take(std::move(key));
}

}  // namespace salvor::crypto
