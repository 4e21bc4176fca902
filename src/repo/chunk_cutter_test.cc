// The oracle is the splitter by itself, over the whole bytes at once.
#include "repo/chunk_cutter.h"

#include <gtest/gtest.h>

#include <string>

#include "base/rng.h"

namespace salvor::repo {
namespace {

std::vector<std::size_t> lengths_by_splitter(std::string_view name, ByteView bytes) {
  const auto splitter = make_splitter(name).value();
  std::vector<std::size_t> lengths;
  while (!bytes.empty()) {
    const std::size_t cut = splitter->next_cut(bytes).value_or(bytes.size());
    lengths.push_back(cut);
    bytes = bytes.subspan(cut);
  }
  return lengths;
}

struct Cut {
  Bytes bytes;
  std::vector<std::size_t> lengths;
  std::size_t largest_batch = 0;
};

void add(Cut& cut, const ChunkBatch& batch) {
  for (const ByteView chunk : batch.chunks()) {
    cut.lengths.push_back(chunk.size());
    append(cut.bytes, chunk);
  }
  cut.largest_batch = std::max(cut.largest_batch, batch.bytes.size());
}

Cut cut_in_batches(std::string_view name, ByteView bytes, std::size_t batch_bytes, Rng& rng) {
  Bytes room;
  room.reserve(batch_bytes);
  ChunkCutter cutter(make_splitter(name).value(), std::move(room));
  Cut cut;
  while (!bytes.empty()) {
    const MutableByteView space = cutter.space();
    EXPECT_FALSE(space.empty());
    const std::size_t got = std::min<std::size_t>(bytes.size(), 1 + rng.below(space.size()));
    std::ranges::copy(bytes.first(got), space.begin());
    bytes = bytes.subspan(got);
    if (!cutter.put(got)) continue;
    ChunkBatch batch = cutter.take();
    EXPECT_GE(batch.ends.size(), 1U);
    add(cut, batch);
    cutter.go_on_in(std::move(batch.bytes));
  }
  add(cut, cutter.finish());
  return cut;
}

TEST(ChunkCutter, CutsWhereTheSplitterCutsTheWholeStream) {
  SeededRng rng(1);
  for (const std::string_view name : {"FIXED-128K", "DYNAMIC-128K-BUZHASH", "DYNAMIC-128K-RABINKARP"}) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{128 << 10}, std::size_t{2'345'678}}) {
      Bytes bytes(size);
      rng.fill(bytes);
      const Cut cut = cut_in_batches(name, bytes, 700 << 10, rng);
      EXPECT_TRUE(cut.bytes == bytes) << name << size;
      EXPECT_EQ(cut.lengths, lengths_by_splitter(name, bytes)) << name << size;
      EXPECT_LE(cut.largest_batch, std::size_t{700 << 10});
    }
  }
}

TEST(ChunkCutter, ABatchHoldsAChunkHoweverSmallItIsWanted) {
  SeededRng rng(2);
  const Bytes zeros(3 << 20, std::byte{0});  // every chunk is as long as chunks may be
  const Cut cut = cut_in_batches("DYNAMIC-128K-BUZHASH", zeros, 1, rng);
  EXPECT_EQ(cut.lengths, lengths_by_splitter("DYNAMIC-128K-BUZHASH", zeros));
}

}  // namespace
}  // namespace salvor::repo
