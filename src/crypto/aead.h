// AES-256-GCM (NIST SP 800-38D) and ChaCha20-Poly1305 (RFC 8439) over OpenSSL: encryption that notices every change.
//
// One object holds one key and keeps its context from message to message; setting one up costs as much as sealing some
// kilobytes. Where every message has a key of its own, `rekey` goes on with the same context.
#pragma once

#include <array>
#include <memory>

#include "base/bytes.h"
#include "os/secret.h"

namespace salvor::crypto {

enum class AeadCipher { aes_256_gcm, chacha20_poly1305 };

// Not thread-safe; one per thread.
class Aead {
 public:
  static constexpr std::size_t kKeyBytes = 32, kNonceBytes = 12, kTagBytes = 16;
  // OpenSSL counts in int. Who takes messages from outside refuses larger ones before they come here.
  static constexpr std::size_t kMaxMessageBytes = std::size_t{1} << 30;
  using Nonce = std::array<std::byte, kNonceBytes>;

  // Requires: `key` has 32 bytes.
  Aead(AeadCipher cipher, const os::Secret& key);
  ~Aead();
  Aead(Aead&&) noexcept;
  Aead& operator=(Aead&&) noexcept;

  // The key of the messages that follow. Requires: 32 bytes; the caller wipes them.
  void rekey(ByteView key);

  // Requires: sealed.size() == plain.size() + kTagBytes, no overlap, and that this key never saw this nonce for another
  // message. `associated` is authenticated and not stored. Plain and associated have at most kMaxMessageBytes.
  void seal(const Nonce& nonce, ByteView plain, MutableByteView sealed, ByteView associated = {});
  // The same message in pieces, for who sends each on while it is in the processor's cache: seal_begin, a piece at a
  // time of the same size plain and sealed, and the tag at the end. Nothing else may be done with this object between.
  void seal_begin(const Nonce& nonce, ByteView associated);
  void seal_piece(ByteView plain, MutableByteView sealed);
  void seal_end(MutableByteView tag);
  // open() in pieces, which may begin at the same byte sealed and plain. What was given is nothing to rely on before
  // open_end says true.
  void open_begin(const Nonce& nonce, ByteView associated);
  void open_piece(ByteView sealed, MutableByteView plain);
  [[nodiscard]] bool open_end(ByteView tag);
  // Requires: sealed.size() == plain.size() + kTagBytes, no overlap unless both begin at the same byte, the same
  // limits. False when anything was changed; `plain` then holds zeros.
  [[nodiscard]] bool open(const Nonce& nonce, ByteView sealed, MutableByteView plain, ByteView associated = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace salvor::crypto
