#include "crypto/md5.h"

#include <openssl/evp.h>

#include "base/check.h"

namespace salvor::crypto {

Md5Digest md5(ByteView bytes) {
  Md5Digest digest;
  unsigned size = 0;
  CHECK(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, EVP_md5(),
                   nullptr) == 1);
  CHECK(size == digest.size());
  return digest;
}

}  // namespace salvor::crypto
