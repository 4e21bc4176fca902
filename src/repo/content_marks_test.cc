#include "repo/content_marks.h"

#include <gmock/gmock.h>

#include "base/task_group.h"
#include "repo/golden_testing.h"
#include "repo/index_writer.h"

namespace salvor::repo {
namespace {

using Mark = ContentMarks::Mark;

Bytes index_of(const std::vector<ContentEntry>& entries) {
  IndexWriter writer(IndexVersion::v2);
  for (const ContentEntry& entry : entries) EXPECT_TRUE(writer.add(entry).ok());
  return *std::move(writer).finish();
}

TEST(ContentMarks, AreOfEachContentAndOfEachKindAlone) {
  const std::vector<ContentEntry> entries = golden_entries({.count = 5000, .packs = 3});
  const Bytes index = index_of(entries);
  const MergedIndex merged({*IndexReader::open(index)});
  SeededRng rng(7);
  ContentMarks marks = *ContentMarks::create(merged, rng);
  EXPECT_EQ(marks.contents(), entries.size());
  for (std::size_t i = 0; i < entries.size(); i += 3) {
    EXPECT_EQ(marks.set(entries[i].id, Mark::used), true) << i;
    EXPECT_EQ(marks.set(entries[i].id, Mark::used), false) << i;
    if (i % 2 == 0) {
      EXPECT_EQ(marks.set(entries[i].id, Mark::walked), true) << i;
    }
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    EXPECT_EQ(marks.has(entries[i].id, Mark::used), i % 3 == 0) << i;
    EXPECT_EQ(marks.has(entries[i].id, Mark::walked), i % 6 == 0) << i;
    EXPECT_EQ(marks.has(entries[i].id, Mark::listed), false) << i;
  }
}

TEST(ContentMarks, KnowOnlyWhatTheIndexesName) {
  std::vector<ContentEntry> entries = golden_entries({.count = 200});
  const ContentEntry left_out = entries.back();
  entries.pop_back();
  const Bytes index = index_of(entries);
  const MergedIndex merged({*IndexReader::open(index)}), nothing({});
  SeededRng rng(7);
  ContentMarks marks = *ContentMarks::create(merged, rng), empty = *ContentMarks::create(nothing, rng);
  EXPECT_EQ(marks.set(left_out.id, Mark::used), std::nullopt);
  EXPECT_EQ(marks.has(left_out.id, Mark::used), std::nullopt);
  EXPECT_EQ(empty.has(left_out.id, Mark::used), std::nullopt);
}

TEST(ContentMarks, OneOfManyThreadsIsTheFirst) {
  const std::vector<ContentEntry> entries = golden_entries({.count = 1000});
  const Bytes index = index_of(entries);
  const MergedIndex merged({*IndexReader::open(index)});
  SeededRng rng(7);
  ContentMarks marks = *ContentMarks::create(merged, rng);
  std::atomic<std::size_t> firsts{0};
  TaskGroup group;
  for (int thread = 0; thread < 4; ++thread) {
    group.start([&](std::stop_token) -> Result<> {
      for (const ContentEntry& entry : entries) firsts += marks.set(entry.id, Mark::walked).value_or(false) ? 1 : 0;
      return {};
    });
  }
  ASSERT_TRUE(group.join().ok());
  EXPECT_EQ(firsts, entries.size());
}

}  // namespace
}  // namespace salvor::repo
