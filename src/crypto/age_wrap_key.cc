#include "crypto/age_wrap_key.h"

#include <span>

#include "base/check.h"
#include "crypto/aead.h"

namespace salvor::crypto::age {

std::string wrap_key(const os::Secret& key, const os::Secret& file_key) {
  std::string wrapped(file_key.reveal().size() + Aead::kTagBytes, '\0');
  Aead(AeadCipher::chacha20_poly1305, key)
      .seal({}, as_bytes(file_key.reveal()), std::as_writable_bytes(std::span(wrapped)));
  return wrapped;
}

std::optional<os::Secret> unwrap_key(const os::Secret& key, const std::string& wrapped) {
  CHECK(wrapped.size() == kWrappedKeyBytes);
  std::string file_key(wrapped.size() - Aead::kTagBytes, '\0');
  if (!Aead(AeadCipher::chacha20_poly1305, key)
           .open({}, as_bytes(wrapped), std::as_writable_bytes(std::span(file_key))))
    return std::nullopt;
  return os::Secret::take(std::move(file_key));
}

}  // namespace salvor::crypto::age
