#include "repo/compression.h"

#include <algorithm>

#include "base/hex.h"
#include "codec/inflate.h"
#include "codec/lz4.h"
#include "codec/s2.h"
#include "repo/big_endian.h"

namespace salvor::repo {
namespace {

enum class Family { gzip, zstd, s2, lz4, deflate };

constexpr int kReadOnly = -1;

struct Algorithm {
  std::uint32_t id;
  std::string_view name;
  Family family;
  int effort;  // our library's level; kReadOnly when we do not write it
};

// kopia repo/compression/compression_ids.go. Our levels make about what stock's efforts make.
constexpr Algorithm kAlgorithms[] = {
    {0x1000, "gzip", Family::gzip, 2},
    {0x1001, "gzip-best-speed", Family::gzip, 1},
    {0x1002, "gzip-best-compression", Family::gzip, 3},
    {0x1100, "zstd", Family::zstd, 3},
    {0x1101, "zstd-fastest", Family::zstd, 1},
    {0x1102, "zstd-better-compression", Family::zstd, 7},
    {0x1103, "zstd-best-compression", Family::zstd, 11},
    {0x1200, "s2-default", Family::s2, 0},
    {0x1201, "s2-better", Family::s2, kReadOnly},
    {0x1202, "s2-parallel-4", Family::s2, kReadOnly},
    {0x1203, "s2-parallel-8", Family::s2, kReadOnly},
    {0x1300, "pgzip", Family::gzip, kReadOnly},
    {0x1301, "pgzip-best-speed", Family::gzip, kReadOnly},
    {0x1302, "pgzip-best-compression", Family::gzip, kReadOnly},
    {0x1400, "lz4", Family::lz4, kReadOnly},  // gone from stock since 0.23
    {0x1500, "deflate-default", Family::deflate, kReadOnly},
    {0x1501, "deflate-best-speed", Family::deflate, kReadOnly},
    {0x1502, "deflate-best-compression", Family::deflate, kReadOnly},
};

const Algorithm* find(std::uint32_t id) {
  const auto* const found = std::ranges::find(kAlgorithms, id, &Algorithm::id);
  return found == std::end(kAlgorithms) ? nullptr : found;
}

Error unknown(std::uint32_t id) {
  std::byte bytes[kCompressionHeaderBytes];
  store_big_endian(bytes, id);
  return Error(Code::unsupported, "a content is compressed in an unknown way: 0x" + to_hex(bytes));
}

}  // namespace

std::optional<std::uint32_t> compression_id(std::string_view name) {
  const auto* const found = std::ranges::find(kAlgorithms, name, &Algorithm::name);
  if (found == std::end(kAlgorithms)) return std::nullopt;
  return found->id;
}

std::optional<std::string_view> compression_name(std::uint32_t id) {
  const Algorithm* const algorithm = find(id);
  if (algorithm == nullptr) return std::nullopt;
  return algorithm->name;
}

Result<Compressor> Compressor::create(std::uint32_t id) {
  const Algorithm* const algorithm = find(id);
  if (algorithm == nullptr) return unknown(id);
  if (algorithm->effort == kReadOnly) {
    return Error(Code::unsupported, "contents cannot be compressed with " + std::string(algorithm->name))
        .hint("Choose zstd-fastest, zstd, s2-default or gzip.");
  }
  Compressor made(id);
  if (algorithm->family == Family::zstd) made.zstd_.emplace(algorithm->effort);
  if (algorithm->family == Family::gzip) made.gzip_.emplace(algorithm->effort);
  return made;
}

std::optional<Bytes> Compressor::compress(ByteView content) {
  Bytes stored;
  append_big_endian(stored, id_, kCompressionHeaderBytes);
  if (zstd_) {
    zstd_->compress(content, stored);
  } else if (gzip_) {
    gzip_->compress(content, stored);
  } else {
    codec::s2_compress(content, stored);
  }
  if (stored.size() >= content.size()) return std::nullopt;
  return stored;
}

Result<Bytes> Decompressor::decompress(std::uint32_t id, ByteView stored, std::size_t max_bytes) {
  if (stored.size() < kCompressionHeaderBytes || load_big_endian(stored.first(kCompressionHeaderBytes)) != id) {
    return Error(Code::corrupt, "a content is not compressed in the way that the index tells");
  }
  const Algorithm* const algorithm = find(id);
  if (algorithm == nullptr) return unknown(id);
  const ByteView stream = stored.subspan(kCompressionHeaderBytes);
  switch (algorithm->family) {
    case Family::gzip: return codec::gunzip(stream, max_bytes);
    case Family::zstd: return zstd_.decompress(stream, max_bytes);
    case Family::s2: return codec::s2_decompress(stream, max_bytes);
    case Family::lz4: return codec::lz4_decompress(stream, max_bytes);
    case Family::deflate: return codec::inflate_raw(stream, max_bytes);
  }
  return unknown(id);
}

Result<Bytes> Decompressor::decompress_by_header(ByteView stored, std::size_t max_bytes) {
  if (stored.size() < kCompressionHeaderBytes) return Error(Code::corrupt, "a compressed content is too short");
  return decompress(load_big_endian32(stored.first(kCompressionHeaderBytes)), stored, max_bytes);
}

}  // namespace salvor::repo
