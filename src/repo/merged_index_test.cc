#include "repo/merged_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "repo/golden_testing.h"
#include "repo/index_writer.h"

namespace salvor::repo {
namespace {

Bytes written(std::vector<ContentEntry> entries) {
  std::ranges::sort(entries, {}, &ContentEntry::id);
  IndexWriter writer(IndexVersion::v2);
  for (const ContentEntry& entry : entries) EXPECT_TRUE(writer.add(entry).ok());
  return *std::move(writer).finish();
}

ContentEntry entry(std::string_view id, std::int64_t time, std::string_view pack, bool deleted = false) {
  ContentEntry made;
  made.id = *ContentId::parse(id);
  made.timestamp_seconds = time;
  made.pack_blob_id = pack;
  made.deleted = deleted;
  return made;
}

// Indexes, their bytes, and what they are as one.
struct Repository {
  std::vector<Bytes> bytes;

  void add(std::vector<ContentEntry> entries) { bytes.push_back(written(std::move(entries))); }
  MergedIndex merged(std::int64_t watermark = MergedIndex::kNoWatermark) const {
    std::vector<IndexReader> indexes;
    for (const Bytes& index : bytes) indexes.push_back(*IndexReader::open(index));
    return MergedIndex(std::move(indexes), watermark);
  }
};

std::string line(const ContentEntry& entry) {
  const std::string numbers[] = {std::to_string(entry.timestamp_seconds), entry.deleted ? "true" : "false",
                                 std::to_string(entry.pack_offset),       std::to_string(entry.packed_length),
                                 std::to_string(entry.original_length),   std::to_string(entry.format_version)};
  std::string text = to_string(entry.id) + " " + std::string(entry.pack_blob_id);
  for (const std::string& number : numbers) text += " " + number;
  char compression[16];
  std::snprintf(compression, sizeof compression, " %x\n", entry.compression_id);
  return text + compression;
}

std::vector<ContentEntry> all_of(MergedIndex::Stream stream) {
  std::vector<ContentEntry> entries;
  for (;;) {
    const auto next = stream.next();
    EXPECT_TRUE(next.ok());
    if (!next.ok() || !*next) return entries;
    entries.push_back(**next);
  }
}

std::string hash_of(const std::vector<ContentEntry>& entries) {
  std::string text;
  for (const ContentEntry& entry : entries) text += line(entry);
  return sha256_hex(as_bytes(text));
}

// By index.Merged.Iterate of kopia 0.23.1 over the same four indexes.
TEST(MergedIndex, ShowsWhatStockShows) {
  Repository repository;
  for (int seed = 0; seed < 4; ++seed) {
    const GoldenRecipe recipe{.packs = 5 + seed, .formats = 1 + 2 * (seed % 2), .seed = seed};
    std::vector<ContentEntry> entries;
    for (int i = 100 * seed; i < 600; i += 1 + seed) {
      entries.push_back(golden_entry(recipe, i));
      if (i % 10 == 3) entries.back().timestamp_seconds = 1'700'000'050;
    }
    repository.add(entries);
  }
  const MergedIndex merged = repository.merged();
  const auto all = all_of(merged.all());
  EXPECT_EQ(all.size(), 600U);
  EXPECT_EQ(hash_of(all), "d79ea8c241e574a2ed1f5eefeaeb6d033f3844dbdab27d3148ec6c928a3374b3");
  const auto manifests = all_of(merged.with_prefix('m'));
  EXPECT_EQ(manifests.size(), 68U);
  EXPECT_EQ(hash_of(manifests), "9d2bafbff814caae5e20b478d272e14acede1914e2b0314de806953c7d3598ef");
  for (const ContentEntry& entry : all) EXPECT_EQ(**merged.find(entry.id), entry);
}

TEST(MergedIndex, TheLaterEntryCountsThenTheLivingOneThenTheGreaterPack) {
  Repository repository;
  repository.add({entry("01", 5, "pa"), entry("02", 5, "pz", true), entry("03", 5, "pa"), entry("04", 5, "pa", true)});
  repository.add({entry("01", 6, "pb", true), entry("02", 5, "pb"), entry("03", 5, "pb"), entry("04", 4, "pb")});
  for (int turn = 0; turn < 2; ++turn) {
    const MergedIndex merged = repository.merged();
    std::string packs;
    for (const ContentEntry& entry : all_of(merged.all())) {
      packs += std::string(entry.pack_blob_id) + (entry.deleted ? "-" : "+");
      EXPECT_EQ(**merged.find(entry.id), entry);
    }
    EXPECT_EQ(packs, "pb-pb+pb+pa-");
    std::ranges::reverse(repository.bytes);  // the order of indexes means nothing
  }
}

TEST(MergedIndex, EntriesDeletedAtTheWatermarkOrBeforeAreGone) {
  Repository repository;
  repository.add(
      {entry("01", 5, "p"), entry("02", 5, "p", true), entry("03", 6, "p", true), entry("04", 4, "p", true)});
  repository.add({entry("01", 4, "p", true), entry("04", 3, "p")});
  const MergedIndex merged = repository.merged(5);
  const auto shown = all_of(merged.all());
  ASSERT_EQ(shown.size(), 2U);
  EXPECT_EQ(to_string(shown[0].id), "01");
  EXPECT_EQ(to_string(shown[1].id), "03");
  EXPECT_TRUE(shown[1].deleted);
  // What was alive before it was deleted does not come back.
  for (const std::string_view id : {"02", "04"}) EXPECT_EQ(*merged.find(*ContentId::parse(id)), std::nullopt);
  EXPECT_EQ(all_of(repository.merged().all()).size(), 4U);
}

TEST(MergedIndex, TakesIndexesOfSeveralKeySizesAndNone) {
  Repository repository;
  EXPECT_TRUE(all_of(repository.merged().all()).empty());
  repository.add({entry("01", 1, "p"), entry("k02", 1, "p")});
  repository.add({entry("0101", 1, "p"), entry("k0101", 1, "p")});
  std::string ids;
  for (const ContentEntry& entry : all_of(repository.merged().all())) ids += to_string(entry.id) + " ";
  EXPECT_EQ(ids, "01 0101 k0101 k02 ");
  EXPECT_TRUE(repository.merged().find(*ContentId::parse("k0101"))->has_value());
}

TEST(MergedIndex, AStreamEndsAtAnIndexThatIsNotInOrder) {
  Repository repository;
  repository.add({entry("01", 1, "p"), entry("02", 1, "p"), entry("03", 1, "p")});
  repository.bytes[0][17 + 1] = std::byte{9};  // the first row's key
  const MergedIndex merged = repository.merged();
  auto stream = merged.all();
  EXPECT_EQ(stream.next().error().code(), Code::corrupt);
  EXPECT_EQ(*stream.next(), std::nullopt);
}

}  // namespace
}  // namespace salvor::repo
