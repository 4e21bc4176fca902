#include "crypto/age_encryptor.h"

#include <algorithm>

namespace salvor::crypto::age {

Result<std::unique_ptr<Encryptor>> Encryptor::start(const Lock& lock, Rng& rng, Sink sink) {
  return start(TRY(seal_new_key(lock, rng)), rng, std::move(sink));
}

std::unique_ptr<Encryptor> Encryptor::start(const SealedKey& sealed, Rng& rng, Sink sink) {
  Bytes nonce(kPayloadNonceBytes);
  rng.fill(nonce);
  std::string start = sealed.header;
  start += as_text(nonce);
  return std::unique_ptr<Encryptor>(new Encryptor(sealed.file_key.copy(), std::move(start), nonce, std::move(sink)));
}

Encryptor::Encryptor(os::Secret file_key, std::string start, ByteView nonce, Sink sink)
    : file_key_(std::move(file_key)),
      start_(std::move(start)),
      cipher_(file_key_, nonce),
      sink_(std::move(sink)),
      held_(kChunkBytes),
      sealed_(kSealedChunkBytes) {}

Result<> Encryptor::send_start() {
  if (start_.empty()) return {};
  TRY(sink_(as_bytes(start_)));
  start_.clear();
  return {};
}

Result<> Encryptor::send(ByteView plain, bool last) {
  const auto sealed = MutableByteView(sealed_).first(plain.size() + Aead::kTagBytes);
  cipher_.seal(chunk_++, last, plain, sealed);
  return sink_(sealed);
}

Result<> Encryptor::write(ByteView plain) {
  TRY(send_start());
  while (!plain.empty()) {
    if (held_size_ == kChunkBytes) {  // and more follows
      TRY(send(held_, false));
      held_size_ = 0;
    }
    for (; held_size_ == 0 && plain.size() > kChunkBytes; plain = plain.subspan(kChunkBytes)) {
      TRY(send(plain.first(kChunkBytes), false));
    }
    const std::size_t count = std::min(kChunkBytes - held_size_, plain.size());
    std::copy_n(plain.begin(), count, held_.begin() + static_cast<std::ptrdiff_t>(held_size_));
    held_size_ += count;
    plain = plain.subspan(count);
  }
  return {};
}

Result<> Encryptor::finish() {
  TRY(send_start());
  return send(ByteView(held_).first(held_size_), true);
}

}  // namespace salvor::crypto::age
