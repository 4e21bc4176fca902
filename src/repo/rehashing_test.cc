#include "repo/rehashing.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "base/guarded.h"
#include "os/secret.h"
#include "repo/sample_testing.h"

namespace salvor::repo {
namespace {

class RehashingTest : public testing::Test {
 protected:
  static Hasher hasher() { return *Hasher::create("BLAKE2B-256-128", os::Secret("secret")); }

  // A content of that size, whose id is that of `bytes_of_id`.
  static Rehashing::Opened opened(MergedIndex::Position position, std::size_t size, std::size_t bytes_of_id) {
    Hasher own = hasher();
    ContentEntry entry{.id = *ContentId::from_hash(0, own.hash(sample_bytes(bytes_of_id)).bytes())};
    entry.pack_blob_id = "pack";
    entry.original_length = static_cast<std::uint32_t>(size);
    return {position, entry, sample_bytes(size)};
  }

  // What was given: the size of each content, or nothing for one with another hash.
  const Rehashing::Give give_ = [this](MergedIndex::Position position, const ContentEntry&, Result<Bytes> bytes) {
    given_.with([&](auto& given) { given[position] = bytes.ok() ? std::optional(bytes->size()) : std::nullopt; });
    return bytes.ok() || bytes.error().code() == Code::corrupt ? Result<>() : std::move(bytes).error();
  };
  std::size_t count() const {
    return given_.with([](const auto& given) { return given.size(); });
  }
  Guarded<std::map<MergedIndex::Position, std::optional<std::size_t>>> given_;
};

TEST_F(RehashingTest, GivesEachContentOnceAndNamesThoseOfAnotherHash) {
  Rehashing all(1 << 20, give_);
  Hasher own = hasher();
  for (std::size_t i = 0; i < 20; ++i) {
    Rehashing::Opened one = opened(static_cast<MergedIndex::Position>(i), 100 + i, i == 7 ? 5 : 100 + i);
    ASSERT_TRUE(all.reserve(one.entry, own, {}).ok());
    ASSERT_TRUE(all.add(std::move(one), own).ok());
  }
  EXPECT_EQ(count(), 0U) << "they wait for others";
  ASSERT_TRUE(all.finish(own).ok());
  EXPECT_EQ(count(), 20U);
  given_.with([](const auto& given) {
    for (const auto& [position, size] : given) {
      EXPECT_EQ(size, position == 7 ? std::nullopt : std::optional<std::size_t>(100 + position));
    }
  });
}

TEST_F(RehashingTest, HashesThoseThatWaitWhenThereIsNoRoomForAnother) {
  Rehashing all(1000, give_);
  Hasher own = hasher();
  Rehashing::Opened first = opened(0, 400, 400), second = opened(1, 700, 700), third = opened(2, 5000, 5000);
  ASSERT_TRUE(all.reserve(first.entry, own, {}).ok());
  ASSERT_TRUE(all.add(std::move(first), own).ok());
  EXPECT_EQ(count(), 0U);
  ASSERT_TRUE(all.reserve(second.entry, own, {}).ok());
  EXPECT_EQ(count(), 1U);
  all.give_back(second.entry);
  ASSERT_TRUE(all.reserve(third.entry, own, {}).ok()) << "larger than all the room, and alone";
  ASSERT_TRUE(all.add(std::move(third), own).ok());
  EXPECT_EQ(count(), 2U);
}

TEST_F(RehashingTest, ManyThreadsComeToAnEnd) {
  Rehashing all(3000, give_);
  std::atomic<bool> failed{false};
  {
    std::vector<std::jthread> threads;
    for (std::size_t thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        Hasher own = hasher();
        for (std::size_t i = 0; i < 30; ++i) {
          Rehashing::Opened one = opened(static_cast<MergedIndex::Position>(thread * 30 + i), 900, 900);
          if (!all.reserve(one.entry, own, {}).ok() || !all.add(std::move(one), own).ok()) failed = true;
        }
        if (!all.finish(own).ok()) failed = true;
      });
    }
  }
  EXPECT_FALSE(failed);
  EXPECT_EQ(count(), 120U);
}

}  // namespace
}  // namespace salvor::repo
