#include "base/large_blocks.h"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>
#include <vector>

namespace salvor {
namespace {

constexpr std::size_t kMib = 1 << 20;

TEST(LargeBlocks, OneThatWasFreedIsTakenAgain) {
  void* const first = allocate_large(5 * kMib);
  std::memset(first, 1, 5 * kMib);
  free_large(first, 5 * kMib);
  void* const second = allocate_large(7 * kMib);  // of the same power of two
  EXPECT_EQ(second, first);
  std::memset(second, 2, 7 * kMib);
  free_large(second, 7 * kMib);
}

TEST(LargeBlocks, NoMoreIsKeptThanTheBound) {
  std::vector<void*> blocks;
  for (int i = 0; i < 20; ++i) blocks.push_back(allocate_large(4 * kMib));
  for (void* block : blocks) free_large(block, 4 * kMib);
  EXPECT_LE(kept_blocks(), kKeptBlocks);
  EXPECT_GE(kept_blocks(), kKeptBlocks - 4 * kMib);
}

TEST(LargeBlocks, ThreadsNeverShareOne) {
  std::vector<std::jthread> threads;
  for (int number = 1; number <= 4; ++number) {
    threads.emplace_back([number] {
      for (int i = 0; i < 50; ++i) {
        auto* const block = static_cast<unsigned char*>(allocate_large(kMib + static_cast<std::size_t>(i)));
        std::memset(block, number, 4096);
        for (int at = 0; at < 4096; at += 64) ASSERT_EQ(block[at], number);
        free_large(block, kMib + static_cast<std::size_t>(i));
      }
    });
  }
}

}  // namespace
}  // namespace salvor
