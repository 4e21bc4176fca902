#include "crypto/age_payload.h"

#include <algorithm>

#include "base/check.h"
#include "crypto/hkdf.h"

namespace salvor::crypto::age {
namespace {

constexpr std::size_t kTag = Aead::kTagBytes;

Aead::Nonce nonce_of(std::uint64_t chunk, bool last) {
  Aead::Nonce nonce{};
  for (std::size_t i = 0; i < 8; ++i) nonce[10 - i] = static_cast<std::byte>(chunk >> (8 * i));
  nonce[11] = static_cast<std::byte>(last);
  return nonce;
}

}  // namespace

Result<PayloadLayout> PayloadLayout::of_payload(std::uint64_t bytes) {
  const auto cut = [] { return Error(Code::corrupt, "the encrypted file is cut off: no age payload has that size"); };
  if (bytes < kPayloadNonceBytes + kTag) return cut();
  const std::uint64_t sealed = bytes - kPayloadNonceBytes;
  const std::uint64_t chunks = (sealed - 1) / kSealedChunkBytes + 1;
  const std::uint64_t last = sealed - (chunks - 1) * kSealedChunkBytes;
  if (last < kTag || (last == kTag && chunks > 1)) return cut();
  return PayloadLayout(sealed - chunks * kTag);
}

PayloadLayout PayloadLayout::of_plain(std::uint64_t bytes) { return PayloadLayout(bytes); }

std::uint64_t PayloadLayout::chunk_offset(std::uint64_t chunk) const {
  CHECK(chunk <= chunks());
  return chunk == chunks() ? size() : kPayloadNonceBytes + chunk * kSealedChunkBytes;
}

PayloadCipher::PayloadCipher(const os::Secret& file_key, ByteView nonce)
    : cipher_(AeadCipher::chacha20_poly1305, hkdf_sha256(as_bytes(file_key.reveal()), nonce, "payload")) {
  CHECK(nonce.size() == kPayloadNonceBytes);
}

void PayloadCipher::seal(std::uint64_t chunk, bool last, ByteView plain, MutableByteView sealed) {
  CHECK(plain.size() <= kChunkBytes);
  cipher_.seal(nonce_of(chunk, last), plain, sealed);
}

Result<> PayloadCipher::open(std::uint64_t chunk, bool last, ByteView sealed, MutableByteView plain) {
  CHECK(plain.size() <= kChunkBytes);
  const bool empty = plain.empty() && chunk > 0;
  if (!empty && cipher_.open(nonce_of(chunk, last), sealed, plain)) return {};
  // Why: worth a second try, since people act differently on the two.
  if (cipher_.open(nonce_of(chunk, !last), sealed, plain)) {
    std::ranges::fill(plain, std::byte{});
    return Error(Code::corrupt, last ? "the encrypted file is cut off at the end of a chunk"
                                     : "something was added behind the end of the encrypted file");
  }
  return Error(Code::corrupt, "the encrypted file is damaged in chunk " + std::to_string(chunk) +
                                  " (plain bytes from " + std::to_string(chunk * kChunkBytes) + " on)");
}

}  // namespace salvor::crypto::age
