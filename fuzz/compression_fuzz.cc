// Any bytes as a compressed content: no more comes out than the limit allows, and what comes out can be compressed and
// read again.

#include "input.h"
#include "repo/big_endian.h"
#include "repo/compression.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace salvor;
  constexpr std::size_t kMost = 1 << 20;
  const ByteView stored = std::as_bytes(std::span(data, size));
  repo::Decompressor decompressor;
  const auto content = decompressor.decompress_by_header(stored, kMost);
  if (!content.ok()) return 0;
  PROMISE((*content).size() <= kMost);
  const std::uint32_t id = repo::load_big_endian32(stored.first(repo::kCompressionHeaderBytes));
  auto compressor = repo::Compressor::create(id);
  if (!compressor.ok()) return 0;
  const auto again = compressor->compress(*content);
  if (!again) return 0;
  const auto same = decompressor.decompress(id, *again, (*content).size());
  PROMISE(same.ok() && *same == *content);
  return 0;
}
