// zstd (RFC 8878) by libzstd: texts that are in memory as a whole.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "base/result.h"

namespace salvor::codec {

// Keeps its tables from text to text. Not thread-safe; one per thread.
class ZstdCompressor {
 public:
  // Requires: 1 (fastest) <= level <= 19.
  explicit ZstdCompressor(int level);
  ~ZstdCompressor();
  ZstdCompressor(ZstdCompressor&&) noexcept;

  // Appends one frame that holds `text` to `out`.
  void compress(ByteView text, Bytes& out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Not thread-safe; one per thread.
class ZstdDecompressor {
 public:
  ZstdDecompressor();
  ~ZstdDecompressor();
  ZstdDecompressor(ZstdDecompressor&&) noexcept;

  // The texts of all frames, one after the other. `corrupt` when `frames` is anything else, cut or damaged, and when
  // they hold more than `max_bytes`. Memory is bounded by what the blocks of the frames can hold, whatever their
  // headers claim.
  Result<Bytes> decompress(ByteView frames, std::size_t max_bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace salvor::codec
