#include "codec/reed_solomon.h"

#include <gtest/gtest.h>

#include <numeric>
#include <utility>
#include <vector>

#include "base/rng.h"

namespace salvor::codec {
namespace {

struct Group {
  std::vector<Bytes> shards;  // data, then parity

  Group(const ReedSolomon& code, SeededRng& rng, std::size_t size) : shards(code.data() + code.parity(), Bytes(size)) {
    for (std::size_t i = 0; i < code.data(); ++i) rng.fill(shards[i]);
    encode(code);
  }
  void encode(const ReedSolomon& code) {
    const std::vector<ByteView> data(shards.begin(), shards.begin() + static_cast<std::ptrdiff_t>(code.data()));
    const std::vector<MutableByteView> parity(shards.begin() + static_cast<std::ptrdiff_t>(code.data()), shards.end());
    code.encode(data, parity);
  }
  // Whether the data comes back when these shards are lost.
  bool survives(const ReedSolomon& code, const std::vector<std::size_t>& lost) const {
    std::vector<ByteView> left(shards.begin(), shards.end());
    std::vector<std::size_t> lost_data;
    for (const std::size_t i : lost) left[i] = {};
    for (std::size_t i = 0; i < code.data(); ++i) {
      if (left[i].empty()) lost_data.push_back(i);
    }
    std::vector<Bytes> restored(lost_data.size(), Bytes(shards[0].size()));
    if (!code.restore(left, std::vector<MutableByteView>(restored.begin(), restored.end()))) return false;
    for (std::size_t i = 0; i < lost_data.size(); ++i) {
      if (restored[i] != shards[lost_data[i]]) return false;
    }
    return true;
  }
};

// What klauspost/reedsolomon 1.14 makes, by way of kopia's ecc: shards of one byte.
TEST(ReedSolomon, MakesTheParityOfKlauspost) {
  const ReedSolomon code(6, 2);
  SeededRng rng(1);
  Group group(code, rng, 1);
  const int data[] = {0, 0, 0, 2, 0xC4, 0xEA};
  for (std::size_t i = 0; i < 6; ++i) group.shards[i][0] = static_cast<std::byte>(data[i]);
  group.encode(code);
  EXPECT_EQ(group.shards[6][0], std::byte{0x90});
  EXPECT_EQ(group.shards[7][0], std::byte{0xBC});
}

TEST(ReedSolomon, AnyShardsInTheNumberOfTheDataAreEnough) {
  SeededRng rng(2);
  for (const auto& [data, parity] : {std::pair{1, 1}, {6, 2}, {5, 4}, {128, 6}, {254, 2}, {128, 128}}) {
    const ReedSolomon code(static_cast<std::size_t>(data), static_cast<std::size_t>(parity));
    for (const std::size_t size : {1, 31, 64, 1000}) {
      const Group group(code, rng, size);
      std::vector<std::size_t> order(group.shards.size());
      std::iota(order.begin(), order.end(), 0);
      for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[rng.below(i)]);
      for (std::size_t lost = 0; lost <= code.parity() + 1; lost += 1 + code.parity() / 4) {
        const std::vector<std::size_t> chosen(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(lost));
        EXPECT_EQ(group.survives(code, chosen), lost <= code.parity()) << data << " " << parity << " " << lost;
      }
    }
  }
}

TEST(ReedSolomon, EveryPairOfLostShardsComesBack) {
  SeededRng rng(3);
  const ReedSolomon code(6, 2);
  const Group group(code, rng, 20);
  for (std::size_t a = 0; a < 8; ++a) {
    for (std::size_t b = 0; b < 8; ++b) EXPECT_TRUE(group.survives(code, {a, b}));
  }
}

}  // namespace
}  // namespace salvor::codec
