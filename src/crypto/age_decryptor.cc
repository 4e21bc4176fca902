#include "crypto/age_decryptor.h"

#include <algorithm>

#include "crypto/age_armor.h"
#include "crypto/age_key_files.h"

namespace salvor::crypto::age {

Decryptor::Decryptor(const Keyring& keyring, Sink sink)
    : keyring_(keyring), sink_(std::move(sink)), plain_(kChunkBytes) {
  held_.reserve(kSealedChunkBytes);
}

// Opens the header once it and the nonce are there; what follows stays in held_.
Result<> Decryptor::open_start() {
  const auto end = TRY(find_header_end(held_));
  if (!end || held_.size() < *end + kPayloadNonceBytes) return {};
  const os::Secret file_key = TRY(open_header(TRY(parse_header(ByteView(held_).first(*end))), keyring_));
  cipher_.emplace(file_key, ByteView(held_).subspan(*end, kPayloadNonceBytes));
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(*end + kPayloadNonceBytes));
  return {};
}

Result<> Decryptor::open_chunk(ByteView sealed, bool last) {
  if (sealed.size() < Aead::kTagBytes) return Error(Code::corrupt, "the encrypted file is cut off");
  const auto plain = MutableByteView(plain_).first(sealed.size() - Aead::kTagBytes);
  TRY(cipher_->open(chunk_++, last, sealed, plain));
  return plain.empty() ? Result<>{} : sink_(plain);
}

Result<> Decryptor::write(ByteView file) {
  while (!file.empty()) {
    const bool in_payload = cipher_.has_value();
    if (in_payload && held_.size() == kSealedChunkBytes) {  // and more follows
      TRY(open_chunk(held_, false));
      held_.clear();
    }
    for (; in_payload && held_.empty() && file.size() > kSealedChunkBytes; file = file.subspan(kSealedChunkBytes)) {
      TRY(open_chunk(file.first(kSealedChunkBytes), false));
    }
    // The header is looked at again with each piece, so a piece must not be small; the first one holds it in practice.
    const std::size_t room = in_payload ? kSealedChunkBytes - held_.size() : std::size_t{4096};
    const std::size_t count = std::min(room, file.size());
    append(held_, file.first(count));
    file = file.subspan(count);
    if (!in_payload) TRY(open_start());
  }
  return {};
}

Result<> Decryptor::finish() {
  if (cipher_) return open_chunk(held_, true);
  const auto end = TRY(find_header_end(held_));
  if (end) return Error(Code::corrupt, "the encrypted file is cut off behind its header");
  return Error(held_.empty() ? Code::invalid : Code::corrupt,
               held_.empty() ? "not an age file: it is empty" : "the encrypted file is cut off within its header");
}

Result<os::Secret> decrypt_small(ByteView file, const Keyring& keyring) {
  std::string plain;
  plain.reserve(file.size());  // it must not move
  Decryptor decryptor(keyring, [&](ByteView piece) { return (plain.append(as_text(piece)), Result<>{}); });
  const auto run = [&]() -> Result<> {
    const std::string_view text = as_text(file);
    const std::size_t first = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    if (text.substr(first).starts_with(kArmorBegin)) {
      TRY(decryptor.write(TRY(read_armor(text))));
    } else {
      TRY(decryptor.write(file));
    }
    return decryptor.finish();
  };
  const Result<> done = run();
  os::Secret secret = os::Secret::take(std::move(plain));
  if (!done.ok()) return done.error().clone();
  return secret;
}

}  // namespace salvor::crypto::age
