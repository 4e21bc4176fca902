// ChunkCutter: a stream of bytes into batches of whole chunks, for who wants to write several contents at once.
//
//   ChunkCutter cutter(*splitter, 24 << 20);
//   while (const std::size_t got = read(cutter.space())) {
//     if (!cutter.put(got)) continue;
//     hand_on(cutter.take());
//     cutter.go_on_in(memory);
//   }
//   hand_on(cutter.finish());
//
// The bytes are read into the batch and cut where they lie; only those behind the last cut are copied.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "repo/splitter.h"

namespace salvor::repo {

struct ChunkBatch {
  Bytes bytes;
  std::vector<std::size_t> ends;  // of each chunk, in `bytes`
  std::vector<ByteView> chunks() const;
};

// Not thread-safe.
class ChunkCutter {
 public:
  // Batches are built in the room that `memory` has, and hold at least one chunk.
  ChunkCutter(std::unique_ptr<Splitter> splitter, Bytes memory);
  // The least room that batches need. Bytes.
  static std::size_t least_room(const Splitter& splitter) { return 2 * splitter.max_chunk_bytes(); }

  // Where the next bytes belong, a quarter of a megabyte at most; empty only when the batch is to be taken.
  MutableByteView space();
  // So many were put there. Whether the batch is to be taken before more come. Requires: not more than space() gave.
  bool put(std::size_t bytes);
  // The whole chunks. What lies behind them is in `memory` then, where the next batch is built; without any it waits in
  // memory of its own for go_on_in, which must come next.
  ChunkBatch take(std::optional<Bytes> memory = std::nullopt);
  void go_on_in(Bytes memory);
  // All that is left, as the last chunks: none when there is nothing.
  ChunkBatch finish();

 private:
  std::unique_ptr<Splitter> splitter_;
  std::size_t capacity_ = 0;
  ChunkBatch batch_;
  std::size_t filled_ = 0;  // of its bytes
};

}  // namespace salvor::repo
