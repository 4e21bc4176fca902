#include "repo/recover.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "repo/content_writer.h"
#include "repo/create.h"
#include "store/memory.h"

namespace salvor::repo {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Recovering : ::testing::Test {
  void SetUp() override {
    repository =
        *create_repository(storage, BlobLayout::flat, {}, os::Secret("secret"), {"user", "host"}, clock, rng, {});
    before = blobs("xn");
    const auto contents = writer();
    for (int i = 0; i < 40; ++i) {
      std::string text(1000 + rng.below(3000), '\0');
      rng.fill(std::as_writable_bytes(std::span(text)));
      const ContentId id = *contents->write(i % 4 == 0 ? 'k' : '\0', as_bytes(text), kNoCompression, {});
      written.emplace_back(id, std::move(text));
    }
    ASSERT_TRUE(contents->flush({}).ok());
  }
  std::unique_ptr<ContentWriter> writer() {
    return *ContentWriter::create(*repository, {.user = "user", .host = "host"}, clock, rng);
  }
  std::vector<std::string> blobs(const std::string& prefix) {
    std::vector<std::string> keys;
    EXPECT_TRUE(
        storage.list(prefix, [&](const store::Entry& entry) { return keys.push_back(entry.key), Result<>(); }, {})
            .ok());
    return keys;
  }
  // The indexes that came after the repository was made.
  void lose_indexes() {
    for (const std::string& index : blobs("xn")) {
      if (std::ranges::find(before, index) == before.end()) {
        EXPECT_TRUE(storage.remove(index, {}).ok());
      }
    }
    ASSERT_TRUE(repository->refresh({}).ok());
  }
  Recovered find(RecoverOptions options = {}) {
    std::atomic<std::uint64_t> done{0};
    auto found = find_unindexed(*repository, options, done, {});
    EXPECT_TRUE(found.ok()) << to_string(found.error());
    EXPECT_EQ(done, found->packs);
    return *std::move(found);
  }

  FakeClock clock{Time(std::chrono::hours(24 * 365 * 50))};
  SeededRng rng{11};
  store::MemoryStorage storage{clock};
  std::unique_ptr<Repository> repository;
  std::vector<std::string> before;
  std::vector<std::pair<ContentId, std::string> > written;
};

TEST_F(Recovering, FindsNothingWhereNothingIsLost) {
  EXPECT_EQ(find().packs, 0U);
  const Recovered all = find({.all_packs = true});
  EXPECT_EQ(all.packs, 3U);  // of the repository's first manifest, and of data and metadata
  EXPECT_THAT(all.entries, IsEmpty());
}

TEST_F(Recovering, WhatALostIndexNamedIsReadAgain) {
  lose_indexes();
  EXPECT_EQ(repository->read_content(written[0].first, {}).error().code(), Code::not_found);
  const Recovered found = find();
  EXPECT_EQ(found.packs_with_contents, 2U);
  EXPECT_THAT(found.entries, SizeIs(written.size()));
  EXPECT_THAT(found.unreadable, IsEmpty());
  ASSERT_TRUE(index_again(*repository, found, clock, rng, {}).ok());
  for (const auto& [id, text] : written) EXPECT_EQ(as_text(*repository->read_content(id, {})), text);
  EXPECT_EQ(find().packs, 0U);
}

TEST_F(Recovering, ADamagedLocalIndexIsToldAndTheOthersCount) {
  lose_indexes();
  const std::string pack = blobs("p").front();
  const Bytes whole = *store::get(storage, pack, 1 << 24, {});
  for (std::size_t back = 1; back <= 300; back += 7) {
    Bytes damaged = whole;
    damaged[damaged.size() - back] ^= std::byte{4};
    ASSERT_TRUE(store::put(storage, pack, damaged, store::Exists::replace, {}).ok());
    const Recovered found = find();
    ASSERT_THAT(found.unreadable, SizeIs(1)) << back;
    EXPECT_EQ(found.unreadable[0].id, pack);
    EXPECT_THAT(found.entries, SizeIs(10));
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, whole.size() / 2, whole.size() - 1}) {
    ASSERT_TRUE(store::put(storage, pack, ByteView(whole).first(size), store::Exists::replace, {}).ok());
    EXPECT_THAT(find().unreadable, SizeIs(1)) << size;
  }
}

TEST_F(Recovering, PacksOfASessionThatGoesOnAreLeftAlone) {
  const auto contents = writer();
  for (int i = 0; i < 6; ++i) {
    Bytes text(4 << 20);
    rng.fill(text);
    ASSERT_TRUE(contents->write('\0', text, kNoCompression, {}).ok());
  }
  const Recovered found = find();
  EXPECT_EQ(found.packs, 0U);
  EXPECT_EQ(found.left_alone, 1U);
}

}  // namespace
}  // namespace salvor::repo
