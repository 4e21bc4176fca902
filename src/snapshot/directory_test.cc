// The expected texts are in golden/directories.txt: stock's DirManifestBuilder and json.Encoder (kopia 4ebb2be6, Go
// 1.26) made them from the same values as here.
#include "snapshot/directory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "base/rng.h"
#include "base/sanitized_testing.h"
#include "base/source_directory_testing.h"
#include "snapshot/summary.h"

namespace salvor::snapshot {
namespace {

using namespace std::chrono_literals;
using namespace std::literals;

const Time kTime(1'795'354'182'522'194'880ns);
const std::string kObject = "13ea27f9ad891ad4a2edfa983906863d";

// In the order of the file.
enum Golden { empty_directory, failures, odd_entries, before_1970 };

std::string golden(Golden which) {
  std::ifstream file(source_directory() + "/src/snapshot/golden/directories.txt");
  std::string line;
  for (int i = 0; i <= which; ++i) std::getline(file, line);
  return line + "\n";
}

std::string write(const std::vector<DirEntry>& entries, const DirectorySummary& summary) {
  std::string text;
  DirectoryWriter writer([&](std::string_view piece) -> Result<> {
    text += piece;
    return {};
  });
  for (const DirEntry& entry : entries) {
    if (const auto added = writer.add(entry); !added.ok()) return to_string(added.error());
  }
  const auto finished = writer.finish(summary);
  return finished.ok() ? text : to_string(finished.error());
}

struct Read {
  std::vector<DirEntry> entries;
  std::optional<DirectorySummary> summary;
};

Result<Read> read(std::string_view text, std::size_t piece = 4096, std::size_t limit = 1 << 20) {
  Read got;
  DirectoryReader reader(
      [&](DirEntry&& entry) -> Result<> {
        got.entries.push_back(std::move(entry));
        return {};
      },
      limit);
  for (std::size_t at = 0; at < text.size(); at += piece) TRY(reader.feed(text.substr(at, piece)));
  got.summary = TRY(reader.finish());
  return got;
}

// As DirManifestBuilder.Build does: sums and sorts.
std::string build(std::vector<DirEntry> entries, SummaryBuilder sum, std::string incomplete = "") {
  for (const DirEntry& entry : entries) sum.add(entry);
  std::ranges::sort(entries, precedes);
  return write(entries, sum.build(kTime, std::move(incomplete)));
}

DirEntry file(const std::string& name, std::uint64_t size, Time modified = kTime, std::uint32_t mode = 0644) {
  return {.name = name, .type = EntryType::file, .mode = mode, .size = size, .modified = modified, .object = kObject};
}

SummaryBuilder twelve_failures() {
  SummaryBuilder sum;
  for (int i = 0; i < 12; ++i) {
    const int number = i * 5 % 12;
    const std::string digits = (number < 10 ? "0" : "") + std::to_string(number);
    sum.add_failed("sub/f" + digits + "<>\xff", "no \"permission\" & \u2028",
                   i % 2 == 0 ? Failure::ignored : Failure::fatal);
  }
  return sum;
}

std::vector<DirEntry> two_entries() {
  std::vector<DirEntry> entries = {file("c", 11, kTime + 5h, 0), file("l", 11, kTime, 0)};
  entries[1].type = EntryType::symlink;
  return entries;
}

std::vector<DirEntry> odd_names() {
  const std::vector<std::string> names = {"plain"s,
                                          "\xc3\xa9t\xc3\xa9"s,
                                          "\xff\xfe"s,
                                          "a\xff"
                                          "b"s,
                                          "tab\there"s,
                                          "line\nfeed\rand\b\f"s,
                                          "<tag>&\"quote\"\\"s,
                                          "\u2028\u2029\u202a"s,
                                          "nul\0\x01\x1f\x7f"s,
                                          "\xf0\x9f\x98\x80"s,
                                          "\xed\xa0\x80"s,
                                          "\xc0\x80"s,
                                          "cut\xe2\x80"s,
                                          "/slash"s,
                                          "."s,
                                          " "s,
                                          "Z"s,
                                          "_"s,
                                          "~"s};
  std::vector<DirEntry> entries;
  for (std::size_t i = 0; i < names.size(); ++i) entries.push_back(file(names[i], i));
  return entries;
}

std::vector<DirEntry> odd_values() {
  std::vector<DirEntry> entries = {{.name = "x-empty"},
                                   {.name = "x-link",
                                    .type = EntryType::symlink,
                                    .mode = 0777,
                                    .size = 7,
                                    .modified = kTime,
                                    .uid = 1000,
                                    .gid = 100,
                                    .object = kObject},
                                   {.name = "x-unknown", .modified = Time(1ns), .object = "IIx" + kObject},
                                   {.name = "big",
                                    .type = EntryType::file,
                                    .size = INT64_MAX - 1000,
                                    .uid = UINT32_MAX,
                                    .gid = UINT32_MAX,
                                    .object = kObject}};
  int number = 0;
  for (const std::uint32_t mode : {0u, 1u, 0755u, 04755u, 0755u, 02640u, 01777u, 07000u, 07777u, 0700u}) {
    entries.push_back(file("mode-" + std::to_string(number++), 0, Time{}, mode));
  }
  number = 0;
  for (const std::int64_t time : {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{1000},
                                  std::int64_t{1'000'000'000}, std::int64_t{-1'000'000'000}, std::int64_t{100'000'000},
                                  INT64_MAX, INT64_MIN, std::int64_t{1'790'000'000'123'456'780}}) {
    entries.push_back(file("time-" + std::to_string(number++), 0, Time(std::chrono::nanoseconds(time)), 0));
  }
  return entries;
}

std::vector<DirEntry> odd_directory() {
  std::vector<DirEntry> entries = odd_names(), values = odd_values();
  entries.insert(entries.end(), values.begin(), values.end());
  SummaryBuilder below = twelve_failures();
  for (const DirEntry& entry : two_entries()) below.add(entry);
  entries.push_back({.name = "zdir",
                     .type = EntryType::directory,
                     .mode = 0755,
                     .modified = kTime,
                     .object = "k" + kObject,
                     .summary = below.build(kTime, "")});
  entries.push_back(
      {.name = "adir", .type = EntryType::directory, .mode = 02700, .modified = kTime, .object = "Ik" + kObject});
  return entries;
}

TEST(Directory, WithoutEntriesIsWrittenAsStockDoes) { EXPECT_EQ(build({}, {}), golden(empty_directory)); }

TEST(Directory, WithFailuresIsWrittenAsStockDoes) {
  EXPECT_EQ(build(two_entries(), twelve_failures()), golden(failures));
}

TEST(Directory, OfOddNamesTypesModesAndTimesIsWrittenAsStockDoes) {
  SummaryBuilder sum;
  sum.add_failed("bad", "broken", Failure::fatal);
  EXPECT_EQ(build(odd_directory(), sum, "canceled"), golden(odd_entries));
}

TEST(Directory, OfFilesFromBefore1970IsWrittenAsStockDoes) {
  EXPECT_EQ(build({file("old", 0, Time(-5ns), 0)}, {}), golden(before_1970));
}

// What was no UTF-8 is U+FFFD once it has been written, which is not escaped when it is written again.
std::string rewritten(std::string json) {
  for (std::size_t at = json.find("\\ufffd"); at != std::string::npos; at = json.find("\\ufffd", at)) {
    json.replace(at, 6, "\xef\xbf\xbd");
  }
  return json;
}

TEST(Directory, OfStockIsReadAndWrittenTheSame) {
  for (const Golden which : {empty_directory, failures, before_1970}) {
    for (const std::size_t piece : {1, 13, 100'000}) {
      const auto got = read(golden(which), piece);
      ASSERT_TRUE(got.ok()) << to_string(got.error());
      ASSERT_TRUE(got->summary.has_value());
      EXPECT_EQ(write(got->entries, *got->summary), rewritten(golden(which)));
    }
  }
}

TEST(Directory, OfStockHasTheValuesThatItWasWrittenFrom) {
  auto entries = odd_directory();
  std::ranges::sort(entries, precedes);
  const auto got = read(golden(odd_entries));
  ASSERT_TRUE(got.ok()) << to_string(got.error());
  ASSERT_EQ(got->entries.size(), entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    // Written once more, names that are no UTF-8 are the same.
    std::string ours, theirs;
    append_json(ours, entries[i]);
    append_json(theirs, got->entries[i]);
    EXPECT_EQ(rewritten(ours), theirs);
    EXPECT_EQ(got->entries[i].mode, entries[i].mode);
    EXPECT_EQ(got->entries[i].modified, entries[i].modified);
    EXPECT_EQ(got->entries[i].type, entries[i].type);
  }
  EXPECT_EQ(got->summary->incomplete, "canceled");
  EXPECT_EQ(got->summary->errors.size(), 13u);
}

TEST(Directory, OfManyEntriesIsWrittenInPieces) {
  std::size_t pieces = 0, largest = 0, size = 0;
  DirectoryWriter writer([&](std::string_view piece) -> Result<> {
    ++pieces;
    largest = std::max(largest, piece.size());
    size += piece.size();
    return {};
  });
  for (int i = 100'000; i < 110'000; ++i) ASSERT_TRUE(writer.add(file(std::to_string(i), 1)).ok());
  ASSERT_TRUE(writer.finish({}).ok());
  EXPECT_GT(size, 1'000'000u);
  EXPECT_GT(pieces, 10u);
  EXPECT_LT(largest, 70'000u);
}

TEST(Directory, OutOfOrderIsNotWritten) {
  const DirEntry directory{.name = "z", .type = EntryType::directory};
  EXPECT_NE(write({file("b", 1), file("a", 1)}, {}).find("out of order"), std::string::npos);
  EXPECT_NE(write({file("a", 1), directory}, {}).find("out of order"), std::string::npos);
  EXPECT_EQ(write({directory, file("a", 1)}, {}).find("out of order"), std::string::npos);
  EXPECT_EQ(write({file("a\x7f", 1), file("a\x80", 1)}, {}).find("out of order"), std::string::npos);
}

std::string with_entry(const std::string& entry) {
  return R"({"stream":"kopia:directory","entries":[)" + entry + R"(],"summary":null})";
}

TEST(Directory, IsReadWhateverTheOrderAndMore) {
  const auto got = read(
      R"({"more":[{}],"summary":{"size":5,"more":{}},"entries":[{"obj":"a","more":[],"uid":null}],"stream":"kopia:directory"})");
  ASSERT_TRUE(got.ok()) << to_string(got.error());
  EXPECT_EQ(got->summary->total_size, 5u);
  EXPECT_EQ(got->entries, (std::vector<DirEntry>{{.object = "a"}}));
  EXPECT_FALSE(read(with_entry("{}")).value().summary.has_value());
}

TEST(Directory, OfATypeThatNobodyKnowsHasAnUnknownEntry) {
  EXPECT_EQ(read(with_entry(R"({"name":"a","type":"x"})")).value().entries[0].type, EntryType::unknown);
  EXPECT_EQ(read(with_entry(R"({"name":"a","type":"ff"})")).value().entries[0].type, EntryType::unknown);
}

TEST(Directory, HasModesOfBitsThatStockWrites) {
  const auto mode = [](const std::string& text) -> std::string {
    const auto got = read(with_entry("{\"mode\":" + text + "}"));
    return got.ok() ? std::to_string(got->entries[0].mode) : std::string(to_string(got.error().code()));
  };
  EXPECT_EQ(mode("\"0\""), "0");
  EXPECT_EQ(mode("\"000755\""), std::to_string(0755));
  EXPECT_EQ(mode("\"040000755\""), std::to_string(04755));
  EXPECT_EQ(mode("\"017777777777\""), std::to_string(07777));
  for (const char* text : {"\"\"", "\"755\"", "\"0o755\"", "\"0x1ed\"", "\"08\"", "\"-0755\"", "\"020000000000\"",
                           "\"0777777777777777777777777777\"", "493", "true"}) {
    EXPECT_EQ(mode(text), "corrupt") << text;
  }
}

TEST(Directory, ThatCannotBeIsCorrupt) {
  for (const std::string& text : {with_entry("1"),
                                  with_entry("null"),
                                  with_entry(R"({"name":1})"),
                                  with_entry(R"({"type":1})"),
                                  with_entry(R"({"size":-1})"),
                                  with_entry(R"({"size":1.5})"),
                                  with_entry(R"({"size":9223372036854775808})"),
                                  with_entry(R"({"size":99999999999999999999})"),
                                  with_entry(R"({"uid":4294967296})"),
                                  with_entry(R"({"gid":"0"})"),
                                  with_entry(R"({"mtime":0})"),
                                  with_entry(R"({"mtime":"now"})"),
                                  with_entry(R"({"obj":{}})"),
                                  with_entry(R"({"summ":1})"),
                                  with_entry(R"({"summ":{"errors":{}}})"),
                                  with_entry(R"({"summ":{"errors":[1]}})"),
                                  with_entry(R"({"summ":{"errors":[{"path":1}]}})"),
                                  with_entry(R"({"name":"\ud800"})"),
                                  with_entry("{\"name\":\"\xff\"}"),
                                  with_entry("{"),
                                  with_entry("{]"),
                                  std::string(R"({"stream":"kopia:indirect","entries":[]})"),
                                  std::string(R"({"entries":[]})"),
                                  std::string(R"({"stream":"kopia:directory","summary":1})"),
                                  std::string(R"({"stream":"kopia:directory","summary":{"files":-1}})"),
                                  std::string("[]"),
                                  std::string(),
                                  with_entry("{}") + "{}"}) {
    const auto got = read(text);
    ASSERT_FALSE(got.ok()) << text;
    EXPECT_EQ(got.error().code(), Code::corrupt) << text << ": " << to_string(got.error());
  }
}

TEST(Directory, ThatIsCutIsCorrupt) {
  for (const Golden which : {empty_directory, failures, odd_entries}) {
    const std::string text = golden(which);
    for (std::size_t size = 0; size + 1 < text.size(); size += kIsSanitized ? 5 : 1) {
      const auto got = read(std::string_view(text).substr(0, size));
      ASSERT_FALSE(got.ok()) << size;
      EXPECT_EQ(got.error().code(), Code::corrupt) << size;
    }
  }
}

TEST(Directory, OfWhichABitChangedIsCorruptOrAnotherDirectory) {
  const std::string text = golden(failures);
  for (std::size_t bit = 0; bit < text.size() * 8; bit += kIsSanitized ? 5 : 1) {
    std::string changed = text;
    changed[bit / 8] ^= static_cast<char>(1 << bit % 8);
    const auto got = read(changed);
    if (!got.ok()) {
      EXPECT_EQ(got.error().code(), Code::corrupt) << bit;
    }
  }
}

TEST(Directory, WithAnEntryLargerThanAllowedIsCorrupt) {
  const std::string entry = R"({"name":")" + std::string(900, 'a') + R"("})";
  EXPECT_TRUE(read(with_entry(entry), 7, 1000).ok());
  EXPECT_EQ(read(with_entry(entry), 7, 900).error().code(), Code::corrupt);
}

TEST(Directory, StopsWhereTheVisitorDoes) {
  DirectoryReader reader([](DirEntry&&) -> Result<> { return Error(Code::invalid, "enough"); });
  const auto fed = reader.feed(with_entry("{}"));
  ASSERT_FALSE(fed.ok());
  EXPECT_EQ(to_string(fed.error()), "enough");
  EXPECT_EQ(fed.error().code(), Code::invalid);
}

}  // namespace
}  // namespace salvor::snapshot
