#include "repo/manifest_set.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace salvor::repo {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

ManifestEntry entry(const std::string& id, Duration time, Labels labels = {}, const std::string& data = "{}") {
  return {.id = id, .labels = std::move(labels), .modified = Time(time), .data = data};
}
ManifestEntry deletion(const std::string& id, Duration time) {
  return {.id = id, .modified = Time(time), .deleted = true};
}

std::vector<std::string> found(const ManifestSet& set, const Labels& labels) {
  std::vector<std::string> ids;
  for (const ManifestEntry* manifest : set.find(labels)) ids.push_back(manifest->id);
  return ids;
}

TEST(ManifestSet, TakesTheLatestEntryWhateverTheOrder) {
  std::vector<ManifestEntry> entries = {entry("a", 1s, {}, "1"), entry("a", 3s, {}, "3"), entry("a", 2s, {}, "2"),
                                        entry("a", 3s, {}, "2")};
  std::ranges::sort(entries, {}, &ManifestEntry::data);
  do {
    ManifestSet set;
    for (const ManifestEntry& e : entries) set.merge(e);
    ASSERT_NE(set.get("a"), nullptr);
    EXPECT_EQ(set.get("a")->data, "3");
  } while (std::ranges::next_permutation(entries, {}, &ManifestEntry::data).found);
}

TEST(ManifestSet, HidesWhatWasDeleted) {
  ManifestSet set;
  set.merge(deletion("gone", 2s));
  set.merge(entry("gone", 1s, {{"type", "snapshot"}}));
  set.merge(entry("there", 1s, {{"type", "snapshot"}}));
  set.merge(entry("back", 3s, {{"type", "snapshot"}}));
  set.merge(deletion("back", 2s));
  EXPECT_EQ(set.get("gone"), nullptr);
  EXPECT_EQ(set.get("never"), nullptr);
  EXPECT_THAT(found(set, {}), ElementsAre("there", "back"));
}

TEST(ManifestSet, KeepsWhatWasDeletedInTheSameNanosecond) {
  for (const bool first : {true, false}) {
    ManifestSet set;
    if (first) set.merge(deletion("a", 1s));
    set.merge(entry("a", 1s));
    if (!first) set.merge(deletion("a", 1s));
    EXPECT_NE(set.get("a"), nullptr);
  }
}

TEST(ManifestSet, FindsThoseThatHaveAllLabelsOldestFirst) {
  ManifestSet set;
  set.merge(entry("c", 2s, {{"type", "policy"}, {"host", "h"}}));
  set.merge(entry("b", 3s, {{"type", "policy"}, {"host", "h"}, {"more", "x"}}));
  set.merge(entry("d", 2s, {{"type", "policy"}, {"host", "other"}}));
  set.merge(entry("a", 2s, {{"type", "policy"}, {"host", "h"}}));
  set.merge(entry("e", 1s, {{"type", "snapshot"}, {"host", "h"}}));
  EXPECT_THAT(found(set, {{"type", "policy"}, {"host", "h"}}), ElementsAre("a", "c", "b"));
  EXPECT_THAT(found(set, {{"type", "policy"}}), ElementsAre("a", "c", "d", "b"));
  EXPECT_THAT(found(set, {{"host", "h"}, {"more", "y"}}), IsEmpty());
  EXPECT_EQ(found(set, {}).size(), 5u);
}

}  // namespace
}  // namespace salvor::repo
