// Keyed hashes over OpenSSL: HMAC (RFC 2104) with the SHA-2 and SHA-3 family, and BLAKE2 with its own key (RFC 7693).
//
// One object holds one key and one context, reused from message to message, because setting one up costs more than
// hashing a small message. For single messages there is crypto/hmac_sha256.h.
//
// A shorter BLAKE2 is another function, not a prefix of the longer one: the length is part of the parameter block.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "base/result.h"

namespace salvor::crypto {

enum class MacAlgorithm {
  hmac_sha224,
  hmac_sha256,
  hmac_sha3_224,
  hmac_sha3_256,
  blake2b_256,
  blake2s_128,
  blake2s_256
};

// Not thread-safe; one per thread.
class Mac {
 public:
  static constexpr std::size_t kMaxBytes = 32;

  // The key is copied. `invalid` when the algorithm takes no key of that size: BLAKE2b takes 1 to 64 bytes, BLAKE2s 1
  // to 32, HMAC any up to 1 MiB.
  static Result<Mac> create(MacAlgorithm algorithm, ByteView key);
  ~Mac();
  Mac(Mac&&) noexcept;
  Mac& operator=(Mac&&) noexcept;

  std::size_t size() const;  // of a digest, in bytes
  Mac& update(ByteView bytes);
  // The digest of everything since the last finish(); the object is then ready for the next message.
  // Requires: digest.size() == size().
  void finish(MutableByteView digest);

 private:
  struct State;
  explicit Mac(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace salvor::crypto
