#include "repo/indirect_object.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace salvor::repo {
namespace {

// Written by stock's writeIndirectObject; an id with the legacy "D" loses it.
const std::string kGolden =
    R"({"stream":"kopia:indirect","entries":[{"l":1698099,"o":"13ea27f9ad891ad4a2edfa983906863d"},)"
    R"({"s":1698099,"l":1302081,"o":"Ie8ca8327cd3af5f4edbd5ed1009c525e"},{"s":3000180,"o":"IIxe8ca8327cd3af5f4edbd5ed1009c525e"},)"
    R"({"s":3000180,"l":1099511627776,"o":"Ze8ca8327cd3af5f4edbd5ed1009c525e"}]})"
    "\n";
const std::string kLargest =
    R"({"stream":"kopia:indirect","entries":[{"l":9223372036854775807,"o":"k13ea27f9ad891ad4a2edfa983906863d"}]})"
    "\n";

const std::vector<IndirectEntry> kEntries = {{0, 1698099, "13ea27f9ad891ad4a2edfa983906863d"},
                                             {1698099, 1302081, "Ie8ca8327cd3af5f4edbd5ed1009c525e"},
                                             {3000180, 0, "IIxe8ca8327cd3af5f4edbd5ed1009c525e"},
                                             {3000180, 1099511627776, "Ze8ca8327cd3af5f4edbd5ed1009c525e"}};

Result<std::vector<IndirectEntry> > read(std::string_view text, std::size_t piece = 7) {
  IndirectReader reader;
  for (std::size_t at = 0; at < text.size(); at += piece) TRY(reader.feed(text.substr(at, piece)));
  return reader.finish();
}

std::string write(std::span<const IndirectEntry> entries) {
  std::string text;
  const auto done = write_indirect_object(entries, [&](std::string_view piece) -> Result<> {
    text += piece;
    return {};
  });
  return done.ok() ? text : to_string(done.error());
}

TEST(IndirectObject, IsReadAndWrittenAsStockDoes) {
  EXPECT_EQ(read(kGolden).value(), kEntries);
  EXPECT_EQ(write(kEntries), kGolden);
  EXPECT_EQ(write(read(kLargest).value()), kLargest);
}

TEST(IndirectObject, OfManyEntriesIsWrittenInPieces) {
  std::vector<IndirectEntry> entries;
  SeededRng rng(4);
  for (std::uint64_t at = 0; entries.size() < 5000;) {
    entries.push_back({at, rng.below(1 << 22), rng.hex(16)});
    at = entries.back().end();
  }
  std::size_t pieces = 0, largest = 0;
  std::string text;
  ASSERT_TRUE(write_indirect_object(entries, [&](std::string_view piece) -> Result<> {
                ++pieces;
                largest = std::max(largest, piece.size());
                text += piece;
                return {};
              }).ok());
  EXPECT_GT(pieces, 3u);
  EXPECT_LT(largest, 70'000u);
  for (const std::size_t piece : {1, 1000, 10'000'000}) EXPECT_EQ(read(text, piece).value(), entries);
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t offset = rng.below(entries.back().end());
    const auto found = entry_at(entries, offset);
    ASSERT_TRUE(found.has_value());
    EXPECT_LE(entries[*found].start, offset);
    EXPECT_GT(entries[*found].end(), offset);
  }
}

TEST(IndirectObject, SaysWhichEntryHoldsAByte) {
  EXPECT_EQ(entry_at(kEntries, 0), 0u);
  EXPECT_EQ(entry_at(kEntries, 1698098), 0u);
  EXPECT_EQ(entry_at(kEntries, 1698099), 1u);
  EXPECT_EQ(entry_at(kEntries, 3000180), 3u);
  EXPECT_EQ(entry_at(kEntries, 3000180 + 1099511627775), 3u);
  EXPECT_EQ(entry_at(kEntries, 3000180 + 1099511627776), std::nullopt);
  EXPECT_EQ(entry_at({}, 0), std::nullopt);
}

TEST(IndirectObject, IsReadWhateverTheOrderAndMore) {
  EXPECT_EQ(read(R"({"more":{"s":1},"entries":[{"o":"aa","x":[1],"s":null,"l":1}],"stream":"kopia:indirect"})").value(),
            (std::vector<IndirectEntry>{{0, 1, "aa"}}));
}

std::string list(const std::string& entries) { return R"({"stream":"kopia:indirect","entries":)" + entries + "}"; }

TEST(IndirectObject, ThatCannotBeIsCorrupt) {
  ASSERT_TRUE(read(list(R"([{"o":"a"}])")).ok());
  for (const std::string& text :
       {list("null"),
        list("[]"),
        list("{}"),
        list("[1]"),
        list("[{}]"),
        list(R"([{"o":""}])"),
        list(R"([{"o":1}])"),
        list(R"([{"s":1,"l":1,"o":"a"}])"),
        list(R"([{"l":5,"o":"a"},{"s":4,"l":1,"o":"b"}])"),
        list(R"([{"l":5,"o":"a"},{"s":6,"l":1,"o":"b"}])"),
        list(R"([{"l":5,"o":"a"},{"l":1,"o":"b"}])"),
        list(R"([{"l":-1,"o":"a"}])"),
        list(R"([{"l":1.0,"o":"a"}])"),
        list(R"([{"l":"1","o":"a"}])"),
        list(R"([{"l":9223372036854775808,"o":"a"}])"),
        list(R"([{"l":99999999999999999999,"o":"a"}])"),
        list(R"([{"l":9223372036854775807,"o":"a"},{"s":9223372036854775807,"l":1,"o":"b"}])"),
        list("[{\"o\":\"" + std::string(70'000, 'a') + "\"}]"),
        std::string(R"({"entries":[{"o":"a"}]})"),
        std::string(R"({"stream":"kopia:directory","entries":[{"o":"a"}]})"),
        std::string(R"({"stream":1,"entries":[{"o":"a"}]})"),
        std::string("[]"),
        std::string(),
        std::string("null"),
        list(R"([{"o":"a"}])") + "x"}) {
    const auto entries = read(text);
    ASSERT_FALSE(entries.ok()) << text;
    EXPECT_EQ(entries.error().code(), Code::corrupt) << text;
  }
}

TEST(IndirectObject, ThatIsCutIsCorrupt) {
  for (std::size_t size = 0; size + 1 < kGolden.size(); ++size) {
    const auto entries = read(std::string_view(kGolden).substr(0, size));
    ASSERT_FALSE(entries.ok()) << size;
    EXPECT_EQ(entries.error().code(), Code::corrupt) << size;
  }
}

TEST(IndirectObject, OfWhichABitChangedIsRefusedOrStillWithoutGaps) {
  for (std::size_t bit = 0; bit < kGolden.size() * 8; ++bit) {
    std::string changed = kGolden;
    changed[bit / 8] ^= static_cast<char>(1 << bit % 8);
    const auto entries = read(changed, 1000);
    if (!entries.ok()) {
      EXPECT_EQ(entries.error().code(), Code::corrupt);
      continue;
    }
    std::uint64_t end = 0;
    for (const IndirectEntry& entry : *entries) {
      EXPECT_EQ(entry.start, end);
      end = entry.end();
    }
  }
}

}  // namespace
}  // namespace salvor::repo
