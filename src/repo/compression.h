// Compression of contents (kopia repo/compression).
//
//   stored = u32 header id, stream
//
// The id names what stock calls a compressor: a family of streams and an effort. The streams are ordinary ones, so that
// any program's effort may stand under any id of the family. Format 1 compresses objects that way (object ids with Z),
// later formats contents, where the index has the id as well. A content that does not get smaller is stored as it is,
// with the id 0 in the index and no header.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "codec/gzip.h"
#include "codec/zstd.h"

namespace salvor::repo {

constexpr std::size_t kCompressionHeaderBytes = 4;
constexpr std::uint32_t kNoCompression = 0;

// The header id of a compressor by the name that policies use, such as "zstd-fastest", and back. Nothing for what stock
// does not know.
std::optional<std::uint32_t> compression_id(std::string_view name);
std::optional<std::string_view> compression_name(std::uint32_t id);

// Keeps the tables of one compressor from content to content. Not thread-safe; one per thread.
class Compressor {
 public:
  // `unsupported` for ids that are only read: pgzip, deflate, lz4, and s2 but s2-default.
  static Result<Compressor> create(std::uint32_t id);

  std::uint32_t id() const { return id_; }
  // Header and stream; nothing when they are not shorter than the content, which is then stored as it is.
  std::optional<Bytes> compress(ByteView content);

 private:
  explicit Compressor(std::uint32_t id) : id_(id) {}

  std::uint32_t id_;
  std::optional<codec::ZstdCompressor> zstd_;  // one of these two, or S2, which keeps nothing
  std::optional<codec::GzipCompressor> gzip_;
};

// Not thread-safe; one per thread.
class Decompressor {
 public:
  // `corrupt` when the header is not `id`, the stream is damaged, or it unpacks to more than `max_bytes`; for a content
  // that is the index's original length, which the caller compares with what comes back. `unsupported` for an unknown
  // id.
  Result<Bytes> decompress(std::uint32_t id, ByteView stored, std::size_t max_bytes);
  // The same for whatever id the header has.
  Result<Bytes> decompress_by_header(ByteView stored, std::size_t max_bytes);

 private:
  codec::ZstdDecompressor zstd_;
};

}  // namespace salvor::repo
