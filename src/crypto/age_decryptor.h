// Decryptor: an age file that arrives in pieces into its plaintext, in 260 KiB of memory whatever its length.
//
// What the sink gets was authenticated chunk by chunk, but only finish() tells that it was all of it. Armored files are
// refused here (age_armor.h reads small ones).
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/age_payload.h"
#include "crypto/age_wrap.h"

namespace salvor::crypto::age {

class Decryptor {
 public:
  using Sink = std::function<Result<>(ByteView)>;

  // `keyring` must outlive this.
  Decryptor(const Keyring& keyring, Sink sink);

  // Errors: those of find_header_end, parse_header and open_header; corrupt for the payload; the sink's. No call may
  // follow an error.
  Result<> write(ByteView file);
  // `corrupt` when the file is cut off.
  Result<> finish();

 private:
  Result<> open_start();
  Result<> open_chunk(ByteView sealed, bool last);

  const Keyring& keyring_;
  const Sink sink_;
  Bytes held_;  // the header as far as it came, later what came of a chunk
  Bytes plain_;
  std::optional<PayloadCipher> cipher_;
  std::uint64_t chunk_ = 0;
};

// A small file, binary or armored, as a whole: an identity file locked with a passphrase, for example.
Result<os::Secret> decrypt_small(ByteView file, const Keyring& keyring);

}  // namespace salvor::crypto::age
