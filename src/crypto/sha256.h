// SHA-256 over OpenSSL: one context, reused from message to message, because setting one up costs more than hashing a
// small object. `sha256` is the one-shot form.
#pragma once

#include <array>
#include <memory>

#include "base/bytes.h"

namespace salvor::crypto {

using Sha256Digest = std::array<std::byte, 32>;

// Not thread-safe; one per thread.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  Sha256& update(ByteView bytes);
  // The digest of everything since the last finish(); the object is then ready for the next message.
  Sha256Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Sha256Digest sha256(ByteView bytes);

}  // namespace salvor::crypto
