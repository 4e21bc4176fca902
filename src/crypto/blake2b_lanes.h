// Many BLAKE2b digests at once (RFC 7693), with or without a key: one message in each lane of a vector register.
//
// A single BLAKE2b is one long chain of dependent steps; a processor with vectors of 512 bits does eight such chains in
// the time of little more than one. Contents of a repository are many and independent, so they are hashed so.
//
// The fastest form that the processor has is chosen when it is first asked for. Words are taken as they lie in memory:
// for little-endian processors, which is all that salvor is built for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace salvor::crypto {

inline constexpr std::size_t kBlake2bBlock = 128, kBlake2bDigest = 32;

// Where every message begins.
struct Blake2bStart {
  std::uint64_t without_key[8];  // the state before anything, and behind the block of the key
  std::uint64_t behind_key[8];
  std::uint8_t key_block[kBlake2bBlock];
  bool has_key;
};

struct Blake2bMessage {
  const std::uint8_t* data;
  std::size_t size;
  std::uint8_t* digest;
};

// Does all messages, in its own way.
using Blake2bForm = void (*)(const Blake2bStart& start, const Blake2bMessage* messages, std::size_t count);
// Those that this processor has, by name, the fastest last.
std::vector<std::pair<const char*, Blake2bForm>> blake2b_forms();

// May be used by several threads at a time. The key is wiped at the end.
class Blake2bLanes {
 public:
  using Digest = std::array<std::byte, kBlake2bDigest>;

  // BLAKE2b with digests of 32 bytes. The key is copied; `invalid` when it is longer than 64 bytes.
  static Result<Blake2bLanes> create(ByteView key);
  Blake2bLanes(const Blake2bLanes&) = default;
  Blake2bLanes& operator=(const Blake2bLanes&) = default;
  ~Blake2bLanes();

  // Requires: as many digests as messages.
  void hash(std::span<const ByteView> messages, std::span<Digest> digests) const;
  void hash_with(Blake2bForm form, std::span<const ByteView> messages, std::span<Digest> digests) const;

  // From how many messages on this is faster than one after the other through OpenSSL.
  static std::size_t worthwhile();

 private:
  Blake2bLanes() = default;
  Blake2bStart start_{};
};

// For blake2b_lanes.cc, and where they are compiled for their kind of processor.
namespace kernel {
void blake2b_portable(const Blake2bStart& start, const Blake2bMessage* messages, std::size_t count);
#ifdef __x86_64__
void blake2b_avx2(const Blake2bStart& start, const Blake2bMessage* messages, std::size_t count);
void blake2b_avx512(const Blake2bStart& start, const Blake2bMessage* messages, std::size_t count);
#endif
// The state after one block that is not the last; `bytes` with it.
void blake2b_block(std::uint64_t (&state)[8], const std::uint8_t (&block)[kBlake2bBlock], std::uint64_t bytes);
}  // namespace kernel

}  // namespace salvor::crypto
