// The payload of an age file: a nonce, then the plaintext in chunks of 64 KiB, each sealed for its place.
//
//   payload = nonce(16) chunk* last-chunk        sealed: 16 bytes longer than the plaintext
//
// A chunk's nonce holds its number and whether it is the last, so chunks cannot change places, and a payload that was
// cut is noticed: its last chunk was not sealed as one. The last chunk is empty only when all is.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/aead.h"
#include "os/secret.h"

namespace salvor::crypto::age {

inline constexpr std::size_t kPayloadNonceBytes = 16;
inline constexpr std::size_t kChunkBytes = 64 << 10;
inline constexpr std::size_t kSealedChunkBytes = kChunkBytes + Aead::kTagBytes;

// Where things are in the payload of a file. All offsets are from the payload's first byte, its nonce.
class PayloadLayout {
 public:
  // `corrupt` when no payload has that many bytes.
  static Result<PayloadLayout> of_payload(std::uint64_t bytes);
  static PayloadLayout of_plain(std::uint64_t bytes);

  std::uint64_t plain_size() const { return plain_; }
  std::uint64_t size() const { return kPayloadNonceBytes + plain_ + chunks() * Aead::kTagBytes; }
  std::uint64_t chunks() const { return plain_ == 0 ? 1 : (plain_ - 1) / kChunkBytes + 1; }
  // Of the sealed chunk. Requires: chunk <= chunks(); the one behind the last begins where the payload ends.
  std::uint64_t chunk_offset(std::uint64_t chunk) const;

 private:
  explicit PayloadLayout(std::uint64_t plain) : plain_(plain) {}
  std::uint64_t plain_;
};

// Seals and opens chunks in any order. Not thread-safe.
class PayloadCipher {
 public:
  // Requires: 16 bytes each.
  PayloadCipher(const os::Secret& file_key, ByteView nonce);

  // Requires: sealed.size() == plain.size() + 16 <= kSealedChunkBytes; a chunk is sealed once.
  void seal(std::uint64_t chunk, bool last, ByteView plain, MutableByteView sealed);
  // The same sizes. `corrupt` when it is not that chunk of that file; the message tells a changed chunk from a cut
  // file.
  Result<> open(std::uint64_t chunk, bool last, ByteView sealed, MutableByteView plain);

 private:
  Aead cipher_;
};

}  // namespace salvor::crypto::age
