// What json_list_test.cc does not reach: the same reader is behind both.
#include "codec/json_stream.h"

#include <gmock/gmock.h>

#include <vector>

namespace salvor::codec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Seen {
  std::vector<std::string> items, members;
  bool has_array = false;
  std::string error;
  bool operator==(const Seen&) const = default;
};

Seen read(std::string_view text, std::size_t piece, std::size_t limit = 1 << 20) {
  Seen seen;
  JsonStreamReader reader(
      {.array = "entries", .noun = "a directory", .max_item_bytes = limit},
      [&](std::string_view item) -> Result<> {
        seen.items.emplace_back(item);
        return {};
      },
      [&](const std::string& name, std::string_view value) -> Result<> {
        seen.members.push_back(name + "=" + std::string(value));
        return {};
      });
  for (std::size_t at = 0; at < text.size(); at += piece) {
    if (auto fed = reader.feed(text.substr(at, piece)); !fed.ok()) {
      seen.error = fed.error().message();
      return seen;
    }
  }
  if (auto finished = reader.finish(); !finished.ok()) seen.error = finished.error().message();
  seen.has_array = reader.has_array();
  return seen;
}

TEST(JsonStream, GivesItemsAndMembersAsTheyWereWritten) {
  const std::string text =
      R"({ "stream" : "kopia:directory", "entries": [ {"a": [1, {}]} , {"b":"]}"}], "n" : -1.50, "s":{ "x" :1 } })"
      "\n";
  const Seen seen = read(text, text.size());
  EXPECT_EQ(seen.error, "");
  EXPECT_TRUE(seen.has_array);
  EXPECT_THAT(seen.items, ElementsAre(R"({"a": [1, {}]})", R"({"b":"]}"})"));
  EXPECT_THAT(seen.members, ElementsAre(R"(stream="kopia:directory")", "n=-1.50", R"(s={ "x" :1 })"));
  for (std::size_t piece = 1; piece < text.size(); ++piece) EXPECT_EQ(read(text, piece), seen) << piece;
}

TEST(JsonStream, TakesNullInsteadOfTheArray) {
  const Seen seen = read(R"({"entries":null,"summary":{}})", 3);
  EXPECT_EQ(seen.error, "");
  EXPECT_TRUE(seen.has_array);
  EXPECT_THAT(seen.items, IsEmpty());
  EXPECT_THAT(seen.members, ElementsAre("entries=null", "summary={}"));
}

TEST(JsonStream, MayLackTheArray) {
  EXPECT_EQ(read("{}", 1).error, "");
  EXPECT_FALSE(read("{}", 1).has_array);
}

TEST(JsonStream, MayBeOfMembersOnly) {
  std::vector<std::string> members;
  JsonStreamReader reader({.noun = "an entry"}, {}, [&](const std::string& name, std::string_view value) -> Result<> {
    members.push_back(name + "=" + std::string(value));
    return {};
  });
  ASSERT_TRUE(reader.feed(R"({"":[1],"data":[{"a":1}, 2]})").ok());
  ASSERT_TRUE(reader.finish().ok());
  EXPECT_THAT(members, ElementsAre("=[1]", R"(data=[{"a":1}, 2])"));
}

TEST(JsonStream, ThatIsCutAnywhereIsNoticed) {
  const std::string text = R"({"entries":[{"a":1},{}],"summary":{"b":[]},"c":1})";
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_THAT(read(text.substr(0, size), 7).error, HasSubstr("a directory ends early, after")) << size;
  }
}

TEST(JsonStream, OfAnotherShapeIsRefused) {
  EXPECT_THAT(read(R"({"entries":{}})", 99).error, HasSubstr("not a directory: expected an array of entries"));
  EXPECT_THAT(read(R"({"entries":nope})", 99).error, HasSubstr("a member of a directory"));
  EXPECT_THAT(read(R"({"entries":[null]})", 99).error, HasSubstr("expected an object"));
  EXPECT_THAT(read(R"({"entries":[],"entries":null})", 99).error, HasSubstr("\"entries\" only once"));
  EXPECT_THAT(read(R"({"entrie\u0073":[]})", 99).error, HasSubstr("without escapes"));
  EXPECT_THAT(read(R"({"a":1,"a":1})", 99).error, HasSubstr("each member only once"));
  EXPECT_THAT(read(R"({}{})", 99).error, HasSubstr("expected the end"));
  EXPECT_THAT(read(R"([])", 99).error, HasSubstr("expected '{'"));
}

TEST(JsonStream, HoldsNoMoreThanItMay) {
  EXPECT_EQ(read(R"({"entries":[{"a":12345678}]})", 1, 14).error, "");
  EXPECT_THAT(read(R"({"entries":[{"a":123456789}]})", 1, 14).error, HasSubstr("larger than 14 bytes"));
  EXPECT_THAT(read(R"({"a":"1234","b":"1234"})", 1, 14).error, HasSubstr("members are larger than 14 bytes"));
}

}  // namespace
}  // namespace salvor::codec
