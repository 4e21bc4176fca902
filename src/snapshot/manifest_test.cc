// The expected texts are in golden/snapshots.txt: json.Marshal of stock's snapshot.Manifest (kopia 4ebb2be6, Go 1.26).
#include "snapshot/manifest.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/sanitized_testing.h"

#include "base/source_directory_testing.h"

namespace salvor::snapshot {
namespace {

using namespace std::chrono_literals;

const Time kTime(1'795'354'182'522'194'880ns);

std::vector<std::string> golden() {
  std::ifstream file(source_directory() + "/src/snapshot/golden/snapshots.txt");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

Manifest of_velero() {
  return {
      .source = {"default", "default", "req/kopia/ns/pvc"},
      .description = "Kopia Uploader",
      .start = kTime,
      .end = kTime + 90s,
      .stats = {.total_size = 9000028, .files = 5, .non_cached_files = 5, .directories = 2},
      .root =
          DirEntry{.name = "t",
                   .type = EntryType::directory,
                   .mode = 0755,
                   .modified = kTime,
                   .object = "k13ea27f9ad891ad4a2edfa983906863d",
                   .summary =
                       DirectorySummary{
                           .total_size = 9000028, .files = 5, .symlinks = 1, .directories = 2, .max_modified = kTime}},
      .tags = {{"snapshot-requester", "req"}, {"snapshot-uploader", "kopia"}, {"a<b", "c&\xff"}},
      .pins = {"velero-pin", "another"}};
}

Manifest of_extremes() {
  const std::uint64_t most = INT64_MAX, many = INT32_MAX;
  return {.id = "d3ea",
          .source = {"h\"", "\u2028", "/\xfe"},
          .description = "<d>",
          .start = Time(1ns),
          .end = Time(-1ns),
          .stats = {most, most, many, 1, 2, 3, 4, 5, 6, many},
          .incomplete = "checkpoint",
          .root = DirEntry{.type = EntryType::file, .object = "13ea27f9ad891ad4a2edfa983906863d"},
          .storage_stats = StorageStats{{1, 2, 3, 4, 5, 6}, {most, 8, 9, 10, 11, many}}};
}

TEST(SnapshotManifest, IsWrittenAsStockDoes) {
  ASSERT_EQ(golden().size(), 3u);
  EXPECT_EQ(encode(Manifest{}), golden()[0]);
  EXPECT_EQ(encode(of_velero()), golden()[1]);
  EXPECT_EQ(encode(of_extremes()), golden()[2]);
}

TEST(SnapshotManifest, HasNoCountThatStockCouldNotRead) {
  Manifest manifest = of_extremes();
  manifest.stats.files = manifest.stats.errors = std::uint64_t{INT32_MAX} + 1;
  manifest.stats.total_size = UINT64_MAX;
  manifest.storage_stats->running_total.contents = UINT64_MAX;
  EXPECT_EQ(encode(manifest), golden()[2]);
}

TEST(SnapshotManifest, IsReadAsStockWroteIt) {
  EXPECT_EQ(parse_manifest(golden()[0]).value(), Manifest{});
  Manifest velero = of_velero(), extremes = of_extremes();
  velero.tags["a<b"] = "c&\xef\xbf\xbd";
  extremes.source.path = "/\xef\xbf\xbd";
  EXPECT_EQ(parse_manifest(golden()[1]).value(), velero);
  EXPECT_EQ(parse_manifest(golden()[2]).value(), extremes);
}

TEST(SnapshotManifest, ThatIsCutIsCorrupt) {
  for (const std::string& text : golden()) {
    for (std::size_t size = 0; size < text.size(); ++size) {
      const auto manifest = parse_manifest(std::string_view(text).substr(0, size));
      ASSERT_FALSE(manifest.ok()) << size;
      EXPECT_EQ(manifest.error().code(), Code::corrupt) << size;
    }
  }
}

TEST(SnapshotManifest, OfWhichABitChangedIsCorruptOrAnother) {
  const std::string text = golden()[1];
  for (std::size_t bit = 0; bit < text.size() * 8; bit += kIsSanitized ? 5 : 1) {
    std::string changed = text;
    changed[bit / 8] ^= static_cast<char>(1 << bit % 8);
    const auto manifest = parse_manifest(changed);
    if (manifest.ok()) {
      EXPECT_EQ(parse_manifest(encode(*manifest)).value(), *manifest) << bit;
    } else {
      EXPECT_EQ(manifest.error().code(), Code::corrupt) << bit;
    }
  }
}

TEST(SnapshotManifest, OfAnotherShapeIsCorrupt) {
  EXPECT_EQ(parse_manifest("{}").value(), Manifest{});
  EXPECT_EQ(parse_manifest(R"({"rootEntry":null,"tags":null,"pins":null,"stats":null,"more":{}})").value(), Manifest{});
  for (const char* text : {"",
                           "[]",
                           "1",
                           R"({"id":1})",
                           R"({"source":"h"})",
                           R"({"source":{"host":1}})",
                           R"({"startTime":"x"})",
                           R"({"stats":[]})",
                           R"({"stats":{"fileCount":-1}})",
                           R"({"stats":{"fileCount":1.0}})",
                           R"({"stats":{"errorCount":2147483648}})",
                           R"({"storageStats":{"newData":{"contents":2147483648}}})",
                           R"({"stats":{"totalSize":9223372036854775808}})",
                           R"({"rootEntry":1})",
                           R"({"rootEntry":{"mode":1}})",
                           R"({"tags":[]})",
                           R"({"tags":{"a":1}})",
                           R"({"pins":{}})",
                           R"({"pins":[1]})",
                           R"({"storageStats":1})",
                           R"({"storageStats":{"newData":{"contents":"1"}}})",
                           "{}x"}) {
    const auto manifest = parse_manifest(text);
    ASSERT_FALSE(manifest.ok()) << text;
    EXPECT_EQ(manifest.error().code(), Code::corrupt) << text;
  }
}

TEST(SnapshotLabels, AreTheSourceAndTheTags) {
  Manifest manifest = of_velero();
  manifest.tags.erase("a<b");
  EXPECT_EQ(labels_of(manifest).value(), (repo::Labels{{"type", "snapshot"},
                                                       {"hostname", "default"},
                                                       {"username", "default"},
                                                       {"path", "req/kopia/ns/pvc"},
                                                       {"snapshot-requester", "req"},
                                                       {"snapshot-uploader", "kopia"}}));
  EXPECT_EQ(labels_of(Source{.host = "h"}), (repo::Labels{{"type", "snapshot"}, {"hostname", "h"}}));
  manifest.tags["path"] = "x";
  EXPECT_EQ(labels_of(manifest).error().code(), Code::invalid);
  manifest.tags.clear();
  manifest.source.user.clear();
  EXPECT_EQ(labels_of(manifest).error().code(), Code::invalid);
}

}  // namespace
}  // namespace salvor::snapshot
