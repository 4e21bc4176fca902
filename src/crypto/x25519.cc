#include "crypto/x25519.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <string>

#include "base/check.h"

namespace salvor::crypto {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Context = std::unique_ptr<EVP_PKEY_CTX, Free>;

Key private_key(const os::Secret& secret) {
  CHECK(secret.reveal().size() == 32);
  const auto* const bytes = reinterpret_cast<const unsigned char*>(secret.reveal().data());
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, bytes, 32));
  CHECK(key != nullptr);
  return key;
}

}  // namespace

X25519Public x25519_public(const os::Secret& secret) {
  X25519Public bytes;
  std::size_t size = bytes.size();
  CHECK(EVP_PKEY_get_raw_public_key(private_key(secret).get(), reinterpret_cast<unsigned char*>(bytes.data()), &size) ==
        1);
  CHECK(size == bytes.size());
  return bytes;
}

Result<os::Secret> x25519_shared(const os::Secret& secret, const X25519Public& other) {
  const Key mine = private_key(secret);
  const Key theirs(EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr,
                                               reinterpret_cast<const unsigned char*>(other.data()), other.size()));
  const Context context(EVP_PKEY_CTX_new(mine.get(), nullptr));
  CHECK(theirs != nullptr && context != nullptr && EVP_PKEY_derive_init(context.get()) == 1);
  std::string shared(32, '\0');
  std::size_t size = shared.size();
  const bool agreed = EVP_PKEY_derive_set_peer(context.get(), theirs.get()) == 1 &&
                      EVP_PKEY_derive(context.get(), reinterpret_cast<unsigned char*>(shared.data()), &size) == 1;
  if (agreed && std::ranges::any_of(shared, [](char c) { return c != 0; })) return os::Secret::take(std::move(shared));
  ERR_clear_error();
  return Error(Code::invalid, "the X25519 share is a point of low order");
}

}  // namespace salvor::crypto
