#include "crypto/sha1.h"

#include <openssl/evp.h>

#include "base/check.h"

namespace salvor::crypto {

Sha1Digest sha1(ByteView bytes) {
  Sha1Digest digest;
  unsigned size = 0;
  CHECK(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, EVP_sha1(),
                   nullptr) == 1);
  CHECK(size == digest.size());
  return digest;
}

}  // namespace salvor::crypto
