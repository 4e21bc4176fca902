// BLAKE3 with a key, over the official C code, which picks SSE, AVX2 or AVX-512 when it runs.
//
// Debian has that code as a part of librust-blake3-dev only; cmake/blake3.cmake compiles it from there.
#pragma once

#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "os/secret.h"

namespace salvor::crypto {

// Not thread-safe; one per thread.
class Blake3 {
 public:
  static constexpr std::size_t kKeyBytes = 32;

  // The mode keyed_hash. Requires: 32 bytes.
  explicit Blake3(ByteView key);
  ~Blake3();
  Blake3(Blake3&&) noexcept;
  Blake3& operator=(Blake3&&) noexcept;

  Blake3& update(ByteView bytes);
  // The digest of everything since the last finish(), as long as `digest`: a shorter one is a prefix of a longer one.
  // The object is then ready for the next message.
  void finish(MutableByteView digest);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The mode derive_key: 32 bytes from a secret of any length. `context` names the purpose.
os::Secret blake3_derive_key(std::string_view context, ByteView secret);

}  // namespace salvor::crypto
