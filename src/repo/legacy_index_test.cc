#include "repo/legacy_index.h"

#include <gmock/gmock.h>

#include "repo/blob_id.h"
#include "repo/golden_lines_testing.h"

namespace salvor::repo {
namespace {

using testing::ElementsAre;

std::vector<std::string> current(const std::vector<std::string>& ids,
                                 const std::vector<LegacyCompaction>& compactions) {
  std::vector<BlobMetadata> blobs;
  for (const std::string& id : ids) blobs.push_back({id});
  std::vector<std::string> found;
  for (const BlobMetadata& blob : current_legacy_indexes(blobs, compactions)) found.push_back(blob.id);
  return found;
}

TEST(LegacyIndexes, AreAllThatWereNotMergedIntoOthers) {
  EXPECT_THAT(current({"n1", "n2", "n3", "n4"}, {{{"n1", "n2"}, {"n3"}}}), ElementsAre("n3", "n4"));
  // The compaction of a compaction.
  EXPECT_THAT(current({"n1", "n2", "n3", "n4"}, {{{"n1", "n2"}, {"n3"}}, {{"n3"}, {"n4"}}}), ElementsAre("n4"));
}

TEST(LegacyIndexes, CountAsLongAsWhatReplacesThemIsNotThere) {
  EXPECT_THAT(current({"n1", "n2", "n3"}, {{{"n1", "n2"}, {"n3", "n4"}}}), ElementsAre("n1", "n2", "n3"));
  EXPECT_THAT(current({"n1"}, {{{"n1"}, {}}}), ElementsAre());
}

TEST(LegacyIndexes, AreNotWhatKeepsOldClientsOut) {
  EXPECT_THAT(current({std::string(kLegacyPoisonBlob), "n1"}, {}), ElementsAre("n1"));
}

// The answers of stock's ManagerV0.removeCompactedIndexes and ListIndexBlobInfos about made-up blobs.
TEST(LegacyIndexes, AreThoseOfStock) {
  std::vector<std::string> ids;
  std::vector<LegacyCompaction> compactions;
  std::size_t cases = 0;
  for (const std::string& line : golden_lines("legacy.txt")) {
    const std::string first = line.substr(0, line.find(' '));
    const std::string rest = line.size() > first.size() ? line.substr(first.size() + 1) : "";
    if (first == "case") {
      ids.clear();
      compactions.clear();
    } else if (first == "blob") {
      ids.push_back(rest);
    } else if (first == "log") {
      const auto compaction = parse_legacy_compaction(rest);
      ASSERT_TRUE(compaction.ok()) << rest;
      compactions.push_back(*compaction);
    } else {
      std::string found;
      for (const std::string& id : current(ids, compactions)) found += (found.empty() ? "" : " ") + id;
      EXPECT_EQ(found, rest) << "case " << cases;
      ++cases;
    }
  }
  EXPECT_EQ(cases, 40u);
}

// The form is stock's json.Marshal of compactionLogEntry.
TEST(LegacyCompaction, IsReadAsStockWritesIt) {
  const auto compaction = parse_legacy_compaction(
      R"({"inputMetadata":[{"id":"n1","length":5,"timestamp":"2026-11-22T13:29:42Z"},{"id":"n2","length":6,)"
      R"("timestamp":"2026-11-22T13:29:42Z"}],"outputMetadata":[{"id":"n3","length":7,"timestamp":"2026-11-22T13:29:42Z"}]})");
  ASSERT_TRUE(compaction.ok());
  EXPECT_THAT(compaction->inputs, ElementsAre("n1", "n2"));
  EXPECT_THAT(compaction->outputs, ElementsAre("n3"));
  EXPECT_TRUE(parse_legacy_compaction(R"({"inputMetadata":null,"outputMetadata":null})").ok());
}

TEST(LegacyCompaction, OfAnotherShapeIsCorrupt) {
  for (const char* text :
       {"", "[]", "{", R"({"inputMetadata":{}})", R"({"inputMetadata":[1]})", R"({"outputMetadata":[{"id":1}]})"}) {
    const auto compaction = parse_legacy_compaction(text);
    ASSERT_FALSE(compaction.ok()) << text;
    EXPECT_EQ(compaction.error().code(), Code::corrupt) << text;
  }
}

}  // namespace
}  // namespace salvor::repo
