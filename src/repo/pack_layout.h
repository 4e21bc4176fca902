// A pack: contents of a session, back to back, in one blob (kopia repo/content/content_manager.go,
// content_index_recovery.go).
//
//   pack = [format copy] preamble content* padding local-index postamble
//
// Indexes elsewhere tell where each content lies. All else is there for the day when they are lost: the local index is
// an index of this pack's contents, encrypted like a content, and the postamble at the pack's very end says where it
// is. Random preamble and padding hide how long the contents are. Repositories of format 1 begin each pack with a copy
// of their kopia.repository.
//
//   postamble = uvarint 1, uvarint size of the IV, IV, uvarint offset, uvarint length,
//               u32 CRC-32 of what precedes, u8 number of bytes before this one
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "base/rng.h"

namespace salvor::repo {

constexpr std::size_t kPreambleBytes = 32;
constexpr std::size_t kPaddingUnit = 4096;
constexpr std::size_t kIndexSuffixBytes = 32;  // random, behind a local index
constexpr std::size_t kMaxPostambleBytes = 256;

void append_random(Bytes& to, std::size_t size, Rng& rng);
// How many bytes of padding bring a pack of this size to the next multiple of kPaddingUnit: 1 to kPaddingUnit.
constexpr std::size_t padding_of(std::size_t size) { return kPaddingUnit - size % kPaddingUnit; }

// Where the encrypted local index lies.
struct Postamble {
  Bytes local_index_iv;
  std::uint32_t local_index_offset = 0;  // bytes from the pack's beginning
  std::uint32_t local_index_length = 0;
};

// `invalid` for an IV that leaves no room.
Result<Bytes> encode_postamble(const Postamble& postamble);
// From the last bytes of a pack of `pack_size` bytes; kMaxPostambleBytes of them are enough. `not_found` when they are
// no postamble or one that leads outside. Only a CRC guards it: what it says is true when the local index decrypts.
Result<Postamble> find_postamble(ByteView end_of_pack, std::uint64_t pack_size);

// The copy of kopia.repository with which packs of format 1 begin: u16le size, the text, its HMAC-SHA-256 under a key
// that everybody knows, and the size again (kopia repo/format/format_blob.go). `invalid` over 65000 bytes.
constexpr std::size_t kMaxFormatCopyBytes = 65000 + 4;
Result<Bytes> encode_format_copy(ByteView format_blob);
// The text, from the first kMaxFormatCopyBytes of a pack; it points into `start_of_pack`. Nothing when there is none.
std::optional<ByteView> find_format_copy(ByteView start_of_pack);

}  // namespace salvor::repo
