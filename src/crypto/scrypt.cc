#include "crypto/scrypt.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <string>

#include "base/check.h"

namespace salvor::crypto {

Result<os::Secret> scrypt(const os::Secret& passphrase, ByteView salt, unsigned log2_cost) {
  CHECK(log2_cost >= 1 && log2_cost <= 30);
  constexpr std::uint64_t kBlock = 8, kLanes = 1, kBytes = 32;
  const std::uint64_t cost = std::uint64_t{1} << log2_cost;
  const std::uint64_t memory = 128 * kBlock * (cost + kLanes + 2);
  std::string key(kBytes, '\0');
  const int done = EVP_PBE_scrypt(passphrase.reveal().data(), passphrase.reveal().size(),
                                  reinterpret_cast<const unsigned char*>(salt.data()), salt.size(), cost, kBlock,
                                  kLanes, memory, reinterpret_cast<unsigned char*>(key.data()), key.size());
  if (done == 1) return os::Secret::take(std::move(key));
  ERR_clear_error();
  return Error(Code::out_of_space, "a passphrase with scrypt work factor " + std::to_string(log2_cost) + " needs " +
                                       std::to_string(memory >> 20) +
                                       " MiB of memory, which this machine does not give");
}

}  // namespace salvor::crypto
