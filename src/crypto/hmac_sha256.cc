#include "crypto/hmac_sha256.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.h"

namespace salvor::crypto {

Sha256Digest hmac_sha256(ByteView key, ByteView message) {
  Sha256Digest digest;
  unsigned size = 0;
  // OpenSSL takes a null key for "the key of the call before".
  const void* begin = key.empty() ? "" : static_cast<const void*>(key.data());
  const unsigned char* done =
      HMAC(EVP_sha256(), begin, static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(message.data()),
           message.size(), reinterpret_cast<unsigned char*>(digest.data()), &size);
  CHECK(done != nullptr && size == digest.size());
  return digest;
}

}  // namespace salvor::crypto
