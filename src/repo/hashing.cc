#include "repo/hashing.h"

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "base/hex.h"

namespace salvor::repo {
namespace {

using crypto::MacAlgorithm;

struct KnownHash {
  std::string_view name;
  std::optional<MacAlgorithm> mac;  // none: BLAKE3
  std::size_t bytes;
};

constexpr KnownHash kHashes[] = {
    {"BLAKE2B-256", MacAlgorithm::blake2b_256, 32},
    {"BLAKE2B-256-128", MacAlgorithm::blake2b_256, 16},
    {"BLAKE2S-128", MacAlgorithm::blake2s_128, 16},
    {"BLAKE2S-256", MacAlgorithm::blake2s_256, 32},
    {"BLAKE3-256", std::nullopt, 32},
    {"BLAKE3-256-128", std::nullopt, 16},
    {"HMAC-SHA224", MacAlgorithm::hmac_sha224, 28},
    {"HMAC-SHA256", MacAlgorithm::hmac_sha256, 32},
    {"HMAC-SHA256-128", MacAlgorithm::hmac_sha256, 16},
    {"HMAC-SHA3-224", MacAlgorithm::hmac_sha3_224, 28},
    {"HMAC-SHA3-256", MacAlgorithm::hmac_sha3_256, 32},
};

constexpr std::string_view kStretchContext = "kopia blake3 derived key v1";

crypto::Blake3 blake3_with(const os::Secret& secret) {
  const ByteView key = as_bytes(secret.reveal());
  if (key.size() >= crypto::Blake3::kKeyBytes) return crypto::Blake3(key.first(crypto::Blake3::kKeyBytes));
  const os::Secret stretched = crypto::blake3_derive_key(kStretchContext, key);
  return crypto::Blake3(as_bytes(stretched.reveal()));
}

}  // namespace

std::optional<ContentHash> ContentHash::of(ByteView bytes) {
  if (bytes.size() > kMaxBytes) return std::nullopt;
  ContentHash hash;
  std::ranges::copy(bytes, hash.bytes_.begin());
  hash.size_ = static_cast<std::uint8_t>(bytes.size());
  return hash;
}

std::string ContentHash::hex() const { return to_hex(bytes()); }

Result<Hasher> Hasher::create(std::string_view name, const os::Secret& secret) {
  const KnownHash* entry = std::ranges::find(kHashes, name, &KnownHash::name);
  if (entry == std::end(kHashes)) {
    return Error(Code::unsupported,
                 "the repository hashes with \"" + std::string(name) + "\", which is not known here");
  }
  if (!entry->mac) return Hasher(blake3_with(secret), entry->bytes);
  const ByteView key = as_bytes(secret.reveal());
  if (entry->mac != MacAlgorithm::blake2b_256) {
    return Hasher(TRY(crypto::Mac::create(*entry->mac, key).context(name)), entry->bytes);
  }
  crypto::Blake2bLanes lanes = TRY(crypto::Blake2bLanes::create(key).context(name));
  // OpenSSL 3.0 has no BLAKE2b-256 without a key, which is what a repository without a secret names contents by.
  if (key.empty()) return Hasher(std::move(lanes), entry->bytes);
  Hasher hasher(TRY(crypto::Mac::create(*entry->mac, key).context(name)), entry->bytes);
  hasher.lanes_ = std::move(lanes);
  return hasher;
}

ContentHash Hasher::hash(ByteView content) {
  std::array<std::byte, ContentHash::kMaxBytes> digest;
  if (auto* blake3 = std::get_if<crypto::Blake3>(&function_)) {
    blake3->update(content).finish(digest);
  } else if (const auto* lanes = std::get_if<crypto::Blake2bLanes>(&function_)) {
    lanes->hash(std::span(&content, 1), std::span(&digest, 1));
  } else {
    auto& mac = std::get<crypto::Mac>(function_);
    mac.update(content).finish(MutableByteView(digest).first(mac.size()));
  }
  return *ContentHash::of(ByteView(digest).first(size_));
}

void Hasher::hash_all(std::span<const ByteView> contents, std::span<ContentHash> hashes) {
  CHECK(contents.size() == hashes.size());
  if (!lanes_ || contents.size() < crypto::Blake2bLanes::worthwhile()) {
    std::ranges::transform(contents, hashes.begin(), [this](ByteView content) { return hash(content); });
    return;
  }
  std::vector<crypto::Blake2bLanes::Digest> digests(contents.size());
  lanes_->hash(contents, digests);
  std::ranges::transform(digests, hashes.begin(),
                         [this](const auto& digest) { return *ContentHash::of(ByteView(digest).first(size_)); });
}

}  // namespace salvor::repo
