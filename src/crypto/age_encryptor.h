// Encryptor: a stream of bytes into an age file, in 128 KiB of memory whatever its length.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/rng.h"
#include "crypto/age_payload.h"
#include "crypto/age_wrap.h"

namespace salvor::crypto::age {

class Encryptor {
 public:
  // Takes the file piece by piece; its error ends the encryption and is passed on.
  using Sink = std::function<Result<>(ByteView)>;

  // Draws all chance that is needed from `rng`, which must be the system's except in tests. Errors: seal_header's.
  static Result<std::unique_ptr<Encryptor>> start(const Lock& lock, Rng& rng, Sink sink);
  // Several files may have one file key and header: each draws a nonce of 128 bits, from which and the file key its
  // payload's key comes.
  static std::unique_ptr<Encryptor> start(const SealedKey& sealed, Rng& rng, Sink sink);

  // Pieces of any size.
  Result<> write(ByteView plain);
  // Seals the last chunk. Without it what the sink got is a cut file. No other call may follow.
  Result<> finish();
  // Opens this file, whoever it is for.
  const os::Secret& file_key() const { return file_key_; }

 private:
  Encryptor(os::Secret file_key, std::string start, ByteView nonce, Sink sink);
  Result<> send_start();
  Result<> send(ByteView plain, bool last);

  const os::Secret file_key_;
  std::string start_;  // header and nonce, until they are sent
  PayloadCipher cipher_;
  const Sink sink_;
  Bytes held_, sealed_;
  std::size_t held_size_ = 0;  // kept back, because the last chunk must not be empty
  std::uint64_t chunk_ = 0;
};

}  // namespace salvor::crypto::age
