// The index's bytes: docs/formats/index.md. Pure functions between bytes and values; whatever is decoded has been
// checked against itself, so that a value of these types never leads outside the archive or the index.
//
//   index   = block* footer trailer
//   block   = gzip(record+)        records of one section, by ascending key
//   footer  = gzip(members sections)
//   trailer = 144 bytes: where the footer is, which archive the index belongs to, and a check of itself
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/archive.h"

namespace salvor::archive {

constexpr std::size_t kBlockBytes = 64 << 10;       // a block is closed when its records reach this
constexpr std::size_t kMaxBlockBytes = 128 << 10;   // what a reader accepts
constexpr std::size_t kMaxFooterBytes = 256 << 20;  // decompressed: some 200 million objects
constexpr std::size_t kTrailerBytes = 144;
constexpr std::size_t kTailBytes = 4096;  // of the archive, hashed into the trailer

// One gzip member of the archive.
struct Member {
  std::uint64_t offset = 0;  // the sum of the sizes before it
  std::uint32_t packed_size = 0;
  std::uint32_t size = 0;
};

// One object, as blocks and spool files hold it.
struct IndexRecord {
  std::string_view key;
  std::uint32_t member = 0;
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
  std::uint64_t crc = 0;  // codec::crc64 of the text
};

struct IndexBlock {
  std::string first_key;
  std::uint64_t offset = 0;  // in the index; the sum of the sizes before it
  std::uint32_t packed_size = 0;
  std::uint32_t size = 0;
  std::uint32_t records = 0;
  Hash hash{};  // of the packed bytes
};

struct IndexSection {
  Section section;
  std::vector<IndexBlock> blocks;
};

struct Footer {
  std::vector<Member> members;
  std::vector<IndexSection> sections;
};

struct Trailer {
  std::uint64_t footer_offset = 0;
  std::uint32_t footer_packed_size = 0;
  std::uint32_t footer_size = 0;
  Hash footer_hash{};  // of the packed bytes
  std::uint64_t archive_size = 0;
  Hash archive_hash{};
  Hash tail_hash{};  // of the archive's last kTailBytes
};

void append_record(Bytes& out, const IndexRecord& record);
// Takes one record off the front; the key points into `bytes`. Nothing when they are malformed.
std::optional<IndexRecord> take_record(ByteView& bytes);

Bytes encode_footer(const Footer& footer);
// Offsets are filled in. `corrupt` unless members tile `archive_size` bytes and blocks tile `blocks_size` bytes.
Result<Footer> decode_footer(ByteView bytes, std::uint64_t archive_size, std::uint64_t blocks_size);

Bytes encode_trailer(const Trailer& trailer);
// `corrupt` when damaged or not a trailer; `unsupported` when a newer program wrote it.
Result<Trailer> decode_trailer(ByteView bytes);

}  // namespace salvor::archive
