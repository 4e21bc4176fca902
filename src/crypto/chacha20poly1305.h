// ChaCha20-Poly1305 (RFC 8439) over OpenSSL: encryption that notices every change.
//
// One object holds one key and keeps its context from message to message; setting one up costs as much as sealing some
// kilobytes.
#pragma once

#include <array>
#include <memory>

#include "base/bytes.h"
#include "os/secret.h"

namespace salvor::crypto {

// Not thread-safe; one per thread.
class ChaCha20Poly1305 {
 public:
  static constexpr std::size_t kKeyBytes = 32, kTagBytes = 16;
  using Nonce = std::array<std::byte, 12>;

  // Requires: `key` has 32 bytes.
  explicit ChaCha20Poly1305(const os::Secret& key);
  ~ChaCha20Poly1305();
  ChaCha20Poly1305(ChaCha20Poly1305&&) noexcept;
  ChaCha20Poly1305& operator=(ChaCha20Poly1305&&) noexcept;

  // Requires: sealed.size() == plain.size() + kTagBytes, no overlap, and that this key never saw this nonce for another
  // message. `associated` is authenticated and not stored.
  void seal(const Nonce& nonce, ByteView plain, MutableByteView sealed, ByteView associated = {});
  // Requires: sealed.size() == plain.size() + kTagBytes, no overlap. False when anything was changed; `plain` then
  // holds zeros.
  [[nodiscard]] bool open(const Nonce& nonce, ByteView sealed, MutableByteView plain, ByteView associated = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace salvor::crypto
