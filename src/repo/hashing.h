// The hashes that name contents. Each is keyed with the repository's secret, so that a name tells nothing about a
// content to whoever lacks it. [kopia repo/hashing]
//
// | name            | function                                            | bytes |
// | BLAKE2B-256     | BLAKE2b with a digest of 32 bytes                   | 32    |
// | BLAKE2B-256-128 | the same, its first half; the default               | 16    |
// | BLAKE2S-128     | BLAKE2s with a digest of 16 bytes                   | 16    |
// | BLAKE2S-256     | BLAKE2s with a digest of 32 bytes                   | 32    |
// | BLAKE3-256      | BLAKE3 keyed with the first 32 bytes of the secret  | 32    |
// | BLAKE3-256-128  | the same, its first half                            | 16    |
// | HMAC-SHA224     |                                                     | 28    |
// | HMAC-SHA256     |                                                     | 32    |
// | HMAC-SHA256-128 | its first half                                      | 16    |
// | HMAC-SHA3-224   |                                                     | 28    |
// | HMAC-SHA3-256   |                                                     | 32    |
#pragma once

#include <array>
#include <compare>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/blake2b_lanes.h"
#include "crypto/blake3.h"
#include "crypto/mac.h"
#include "os/secret.h"

namespace salvor::repo {

// The hash of a content, 32 bytes at most. Ordered as memcmp orders the bytes.
class ContentHash {
 public:
  static constexpr std::size_t kMaxBytes = 32;

  ContentHash() = default;  // of no bytes
  // Nothing when there are more than kMaxBytes.
  static std::optional<ContentHash> of(ByteView bytes);

  ByteView bytes() const { return ByteView(bytes_).first(size_); }
  std::size_t size() const { return size_; }
  std::string hex() const;

  bool operator==(const ContentHash&) const = default;
  std::strong_ordering operator<=>(const ContentHash&) const = default;

 private:
  std::array<std::byte, kMaxBytes> bytes_{};  // zeros behind the hash
  std::uint8_t size_ = 0;
};

inline constexpr std::string_view kDefaultHash = "BLAKE2B-256-128";

// Not thread-safe; one per thread.
class Hasher {
 public:
  // `unsupported` for a name that is not in the table, `invalid` for a secret of a length that the function does not
  // take.
  static Result<Hasher> create(std::string_view name, const os::Secret& secret);

  std::size_t size() const { return size_; }  // of a hash, in bytes
  ContentHash hash(ByteView content);
  // Of several at once, which is several times faster where the function is BLAKE2b. Requires: as many hashes as
  // contents.
  void hash_all(std::span<const ByteView> contents, std::span<ContentHash> hashes);

 private:
  using Function = std::variant<crypto::Mac, crypto::Blake3, crypto::Blake2bLanes>;
  Hasher(Function function, std::size_t size) : function_(std::move(function)), size_(size) {}

  Function function_;
  std::optional<crypto::Blake2bLanes> lanes_;  // the same function
  std::size_t size_;
};

}  // namespace salvor::repo
