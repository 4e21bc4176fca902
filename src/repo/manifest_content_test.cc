#include "repo/manifest_content.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "codec/gzip.h"
#include "repo/golden_lines_testing.h"

namespace salvor::repo {
namespace {

constexpr std::uint64_t kLimit = 1 << 20;

Result<std::vector<ManifestEntry> > read(ByteView content, std::uint64_t limit = kLimit) {
  std::vector<ManifestEntry> entries;
  TRY(read_manifest_content(
      content,
      [&](ManifestEntry&& entry) -> Result<> {
        entries.push_back(std::move(entry));
        return {};
      },
      limit));
  return entries;
}

Result<std::vector<ManifestEntry> > read_text(std::string_view json) { return read(codec::gzip(as_bytes(json))); }

// What stock wrote, and what it is without gzip.
std::vector<std::pair<Bytes, std::string> > golden() {
  const auto lines = golden_lines("manifests.txt");
  std::vector<std::pair<Bytes, std::string> > contents;
  for (std::size_t i = 0; i + 1 < lines.size(); i += 2)
    contents.emplace_back(*parse_hex(lines[i]), lines[i + 1] + "\n");
  return contents;
}

// What was no UTF-8 is U+FFFD once it has been written, which is not escaped when it is written again.
std::string rewritten(std::string json) {
  for (std::size_t at = json.find("\\ufffd"); at != std::string::npos; at = json.find("\\ufffd", at)) {
    json.replace(at, 6, "\xef\xbf\xbd");
  }
  return json;
}

TEST(ManifestContent, OfStockIsReadAndWrittenTheSame) {
  ASSERT_EQ(golden().size(), 3u);
  for (const auto& [content, json] : golden()) {
    const auto entries = read(content);
    ASSERT_TRUE(entries.ok()) << to_string(entries.error());
    const auto again = encode_manifest_content(*entries);
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(as_text(codec::gunzip(*again, kLimit).value()), rewritten(json));
  }
}

TEST(ManifestContent, HasTheEntriesThatStockPutIntoIt) {
  const Time modified(std::chrono::nanoseconds(1'795'354'182'522'194'880));
  const auto contents = golden();
  const auto put = read(contents[0].first).value();
  ASSERT_EQ(put.size(), 1u);
  EXPECT_EQ(
      put[0].labels,
      (Labels{{"hostname", "default"}, {"path", "req/kopia/<ns>/p&v"}, {"type", "snapshot"}, {"username", "default"}}));
  EXPECT_EQ(put[0].modified, modified);
  EXPECT_FALSE(put[0].deleted);
  EXPECT_EQ(put[0].data, R"({"a":"\u003cx\u003e","b":1,"f":1.5,"n":null})");
  EXPECT_EQ(read(contents[1].first).value(),
            (std::vector<ManifestEntry>{{.id = put[0].id, .modified = modified, .deleted = true}}));
  EXPECT_EQ(read(contents[2].first).value()[2].data, "[2]");
}

TEST(ManifestContent, IsWrittenAsStockWouldWriteIt) {
  const ManifestEntry entry{.id = "ab",
                            .labels = {{"n", "0"}, {"\xff\u2028", "\x01\xfe"}},
                            .modified = Time(std::chrono::milliseconds(1)),
                            .data = " { \"a\" : \"<\u2028>\" , \"b\" : [ 1.50 ] } "};
  const ManifestEntry number{.id = "cd", .data = " 7 "};
  const auto content = encode_manifest_content(std::vector{entry, number}).value();
  EXPECT_EQ(
      as_text(codec::gunzip(content, kLimit).value()),
      R"({"entries":[{"id":"ab","labels":{"n":"0","\ufffd\u2028":"\u0001\ufffd"},"modified":"1970-01-01T00:00:00.001Z",)"
      R"("data":{"a":"\u003c\u2028\u003e","b":[1.50]}},{"id":"cd","labels":null,"modified":"1970-01-01T00:00:00Z","data":7}]})"
      "\n");
  EXPECT_EQ(encode_manifest_content(std::vector<ManifestEntry>{{.id = "x", .data = "nonsense"}}).error().code(),
            Code::invalid);
  EXPECT_FALSE(encode_manifest_content(std::vector<ManifestEntry>{{.id = "x", .data = "1],[2"}}).ok());
}

TEST(ManifestContent, KeepsTheDataAsItWasWritten) {
  const std::string data = R"({"a": 1.50, "b": [123456789012345678901234567890, 1e5], "c": "\u00e9"})";
  const auto entries = read_text(R"({"entries":[{"id":"x","data":)" + data + R"(,"later":{"field":[]}}]})");
  ASSERT_TRUE(entries.ok()) << to_string(entries.error());
  EXPECT_EQ(entries->at(0).data, data);
}

TEST(ManifestContent, MayHoldNothing) {
  EXPECT_TRUE(read_text("{}").value().empty());
  EXPECT_TRUE(read_text(R"({"entries":null})").value().empty());
}

TEST(ManifestContent, OfAnotherShapeIsCorrupt) {
  for (const char* json : {"", "[]", "{", "{}{}", R"({"entries":{}})", R"({"entries":[1]})", R"({"entries":[null]})",
                           R"({"entries":[{}]})", R"({"entries":[{"id":""}]})", R"({"entries":[{"id":1}]})",
                           R"({"entries":[{"id":"x","labels":[]}]})", R"({"entries":[{"id":"x","labels":{"a":1}}]})",
                           R"({"entries":[{"id":"x","modified":1}]})", R"({"entries":[{"id":"x","deleted":"no"}]})",
                           R"({"entries":[{"id":"x","data":}]})", R"({"entries":[{"id":"x","data":1],"y":[]}]})",
                           R"({"entries":[{"id":"x","data":tru}]})"}) {
    const auto entries = read_text(json);
    ASSERT_FALSE(entries.ok()) << json;
    EXPECT_EQ(entries.error().code(), Code::corrupt) << json << ": " << to_string(entries.error());
  }
}

TEST(ManifestContent, ThatIsCutOrDamagedIsCorrupt) {
  for (const auto& [content, json] : golden()) {
    for (std::size_t size = 0; size < content.size(); ++size) {
      const auto entries = read(ByteView(content).first(size));
      ASSERT_FALSE(entries.ok()) << size;
      EXPECT_EQ(entries.error().code(), Code::corrupt) << size;
    }
    for (std::size_t bit = 0; bit < content.size() * 8; ++bit) {
      Bytes changed = content;
      changed[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
      // Some bits of gzip's head mean nothing.
      const auto entries = read(changed);
      if (entries.ok()) {
        EXPECT_EQ(*entries, read(content).value()) << bit;
      }
    }
  }
}

TEST(ManifestContent, IsBoundedBeforeItIsHeld) {
  const std::string large = R"({"entries":[{"id":"x","data":")" + std::string(100'000, 'a') + R"("}]})";
  const Bytes content = codec::gzip(as_bytes(large));
  EXPECT_TRUE(read(content, large.size()).ok());
  EXPECT_EQ(read(content, large.size() - 1).error().code(), Code::corrupt);
}

TEST(ManifestContent, StopsWhereTheVisitorDoes) {
  int visits = 0;
  const Bytes content = codec::gzip(as_bytes(R"({"entries":[{"id":"a"},{"id":"b"}]})"));
  const auto done = read_manifest_content(
      content,
      [&](ManifestEntry&&) -> Result<> {
        ++visits;
        return Error(Code::cancelled, "enough");
      },
      kLimit);
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code(), Code::cancelled);
  EXPECT_EQ(visits, 1);
}

TEST(ManifestId, Is16RandomBytes) {
  SeededRng rng(1);
  const std::string id = new_manifest_id(rng);
  EXPECT_EQ(parse_hex(id).value().size(), 16u);
  EXPECT_NE(new_manifest_id(rng), id);
}

}  // namespace
}  // namespace salvor::repo
