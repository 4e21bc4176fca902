#include "repo/index_reader.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/hex.h"
#include "repo/golden_testing.h"
#include "repo/index_writer.h"

namespace salvor::repo {
namespace {

Bytes written(const GoldenRecipe& recipe, IndexVersion version) {
  IndexWriter writer(version);
  for (const ContentEntry& entry : golden_entries(recipe)) EXPECT_TRUE(writer.add(entry).ok());
  return *std::move(writer).finish();
}

// Whether everything can be read that the header promises.
bool is_whole(ByteView bytes) {
  auto index = IndexReader::open(bytes);
  if (!index.ok()) return false;
  for (std::uint32_t i = 0; i < index->count(); ++i) {
    if (!index->entry(i).ok()) return false;
  }
  return true;
}

// Reads whatever is there, as a caller may do with an index that lies.
void read_all(ByteView bytes) {
  auto index = IndexReader::open(bytes);
  if (!index.ok()) return;
  for (std::uint32_t i = 0; i < index->count(); ++i) {
    const auto entry = index->entry(i);
    if (!entry.ok()) continue;
    EXPECT_GE(entry->pack_blob_id.data(), as_text(bytes).data());
    EXPECT_LE(entry->pack_blob_id.data() + entry->pack_blob_id.size(), as_text(bytes).data() + bytes.size());
    EXPECT_TRUE(index->find(entry->id).ok() || !is_whole(bytes));
  }
  for (const char prefix : {'\0', 'k', 'z'}) {
    const auto range = index->with_prefix(prefix);
    EXPECT_TRUE(range.begin <= range.end && range.end <= index->count());
  }
}

const GoldenRecipe kRecipes[] = {
    {.count = 1, .packs = 1},
    {.count = 3, .packs = 2},
    {.count = 1000, .packs = 9},
    {.count = 1000, .packs = 9, .hash_bytes = 32},
};

TEST(IndexReader, FindsEveryEntryAndNoOther) {
  for (const IndexVersion version : {IndexVersion::v1, IndexVersion::v2}) {
    for (const GoldenRecipe& recipe : kRecipes) {
      const Bytes bytes = written(recipe, version);
      const auto entries = golden_entries(recipe);
      auto index = IndexReader::open(bytes);
      ASSERT_TRUE(index.ok());
      ASSERT_EQ(index->count(), entries.size());
      for (std::uint32_t i = 0; i < index->count(); ++i) {
        EXPECT_EQ(*index->entry(i), entries[i]);
        EXPECT_EQ(**index->find(entries[i].id), entries[i]);
      }
      for (int i = recipe.count; i < recipe.count + 100; ++i) {
        EXPECT_EQ(*index->find(golden_entry(recipe, i).id), std::nullopt);
      }
      EXPECT_EQ(*index->find(ContentId()), std::nullopt);
      EXPECT_EQ(*index->find(*ContentId::parse("kaabb")), std::nullopt);  // of another length
    }
  }
}

TEST(IndexReader, ReadsRowsOfEveryWidth) {
  for (const GoldenRecipe& recipe :
       {GoldenRecipe{.count = 300, .packs = 9, .formats = 3}, GoldenRecipe{.count = 300, .packs = 9, .great_at = 100},
        GoldenRecipe{.count = 66'000, .packs = 66'000},
        GoldenRecipe{.count = 66'000, .packs = 66'000, .hash_bytes = 20, .formats = 3, .great_at = 100}}) {
    const Bytes bytes = written(recipe, IndexVersion::v2);
    const auto entries = golden_entries(recipe);
    auto index = IndexReader::open(bytes);
    ASSERT_TRUE(index.ok());
    for (std::uint32_t i = 0; i < index->count(); ++i) ASSERT_EQ(*index->entry(i), entries[i]);
  }
}

TEST(IndexReader, AddsTheBaseToTimes) {
  Bytes bytes = written({.count = 1}, IndexVersion::v2);
  bytes[16] = std::byte{5};
  EXPECT_EQ(IndexReader::open(bytes)->entry(0)->timestamp_seconds, 1'700'000'005);
}

TEST(IndexReader, KnowsWhereAPrefixBeginsAndEnds) {
  const Bytes bytes = written({.count = 300, .packs = 2}, IndexVersion::v2);
  auto index = IndexReader::open(bytes);
  std::uint32_t behind = 0;
  for (const char prefix : {'\0', 'g', 'k', 'm', 'z'}) {
    const auto range = index->with_prefix(prefix);
    EXPECT_EQ(range.begin, behind);
    for (std::uint32_t i = range.begin; i < range.end; ++i) EXPECT_EQ(index->entry(i)->id.prefix(), prefix);
    behind = range.end;
  }
  EXPECT_EQ(behind, index->count());
}

TEST(IndexReader, ReadsAnEmptyIndexAndIgnoresWhatFollowsOne) {
  const Bytes empty = *parse_hex("01ff001400000000");
  EXPECT_EQ(IndexReader::open(empty)->count(), 0U);
  EXPECT_EQ(*IndexReader::open(empty)->find(*ContentId::parse("kaabb")), std::nullopt);
  Bytes bytes = written({.count = 3, .packs = 2}, IndexVersion::v2);
  append_zeros(bytes, 32);
  EXPECT_TRUE(is_whole(bytes));
}

TEST(IndexReader, NoticesEveryTruncation) {
  for (const IndexVersion version : {IndexVersion::v1, IndexVersion::v2}) {
    const Bytes bytes = written({.count = 3, .packs = 2}, version);
    EXPECT_TRUE(is_whole(bytes));
    for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(is_whole(ByteView(bytes).first(size))) << size;
  }
}

TEST(IndexReader, NeverLeavesItsBytesWhateverIsFlipped) {
  for (const IndexVersion version : {IndexVersion::v1, IndexVersion::v2}) {
    const Bytes bytes = written({.count = 3, .packs = 2}, version);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      Bytes damaged = bytes;
      damaged[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
      read_all(damaged);
    }
  }
}

TEST(IndexReader, RefusesImpossibleHeaders) {
  const auto code = [](std::string_view hex) {
    const Bytes bytes = *parse_hex(hex);
    auto index = IndexReader::open(bytes);
    return index.ok() ? Code::internal : index.error().code();
  };
  EXPECT_EQ(code(""), Code::corrupt);
  EXPECT_EQ(code("0311001400000000"), Code::unsupported);
  EXPECT_EQ(code("0101001400000000"), Code::corrupt);                    // keys of one byte
  EXPECT_EQ(code("0122001400000000"), Code::corrupt);                    // of 34
  EXPECT_EQ(code("01ff001400000001"), Code::corrupt);                    // of an empty index that is none
  EXPECT_EQ(code("0111001500000000"), Code::corrupt);                    // rows of 21 bytes
  EXPECT_EQ(code("01110014ffffffff"), Code::corrupt);                    // 2^32 rows
  EXPECT_EQ(code("0211000f00000000000000000000000000"), Code::corrupt);  // rows of 15 bytes
  EXPECT_EQ(code("02110010ffffffffffffffffff00000000"), Code::corrupt);
  EXPECT_EQ(code("0211001000000000000000000000000000"), Code::internal);  // empty, and whole
}

TEST(IndexReader, RefusesContentsOfVersion1ThatAreShorterThanTheirEncryption) {
  const Bytes bytes = written({.count = 1}, IndexVersion::v1);
  EXPECT_EQ(IndexReader::open(bytes, 28)->entry(0)->original_length, 0U);
  EXPECT_EQ(IndexReader::open(bytes, 29)->entry(0).error().code(), Code::corrupt);
}

}  // namespace
}  // namespace salvor::repo
