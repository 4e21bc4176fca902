#include "codec/json_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/rng.h"
#include "codec/json.h"

namespace salvor::codec {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Outcome {
  std::vector<std::string> items;
  JsonListHead head;
  std::string error;
  Code code = Code::internal;
  bool operator==(const Outcome& other) const {
    return items == other.items && error == other.error && head.continue_token == other.head.continue_token &&
           head.resource_version == other.head.resource_version && head.kind == other.head.kind &&
           head.remaining_item_count == other.head.remaining_item_count;
  }
};

Outcome read_in_pieces(const std::vector<std::string_view>& pieces, std::size_t limit = 1 << 20) {
  Outcome outcome;
  JsonListReader reader(
      [&](std::string_view item) -> Result<> {
        outcome.items.emplace_back(item);
        return {};
      },
      limit);
  const auto fail = [&](const Error& error) {
    outcome.error = error.message();
    outcome.code = error.code();
  };
  for (const std::string_view piece : pieces) {
    // A copy of its own, so that a view kept from an earlier piece is caught by the address sanitizer.
    const std::string copy(piece);
    if (auto fed = reader.feed(copy); !fed.ok()) {
      fail(fed.error());
      return outcome;
    }
  }
  auto head = reader.finish();
  if (head.ok()) {
    outcome.head = *head;
  } else {
    fail(head.error());
  }
  return outcome;
}

Outcome read(std::string_view text, std::size_t limit = 1 << 20) { return read_in_pieces({text}, limit); }

const std::string kList =
    R"({"kind":"SecretList","apiVersion":"v1","metadata":{"resourceVersion":"812","continue":"ey\"J9","remainingItemCount":7},)"
    R"( "items" : [ {"a":"}]\\","b":[{},[]]} ,{"c":"\\\"{[","d":{"e":"\u007b"}},{}],"extra":[1,{"x":null}],"n":-1.5e3 } )"
    "\n";

TEST(JsonListReader, GivesEachItemAsTheServerSentIt) {
  const Outcome outcome = read(kList);
  EXPECT_EQ(outcome.error, "");
  EXPECT_THAT(outcome.items, ElementsAre(R"({"a":"}]\\","b":[{},[]]})", R"({"c":"\\\"{[","d":{"e":"\u007b"}})", "{}"));
  EXPECT_EQ(outcome.head.kind, "SecretList");
  EXPECT_EQ(outcome.head.api_version, "v1");
  EXPECT_EQ(outcome.head.resource_version, "812");
  EXPECT_EQ(outcome.head.continue_token, "ey\"J9");
  EXPECT_EQ(outcome.head.remaining_item_count, 7);
}

TEST(JsonListReader, GivesTheSameWhereverTheTextIsCut) {
  const Outcome whole = read(kList);
  const std::string_view text = kList;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    for (std::size_t j = i; j <= text.size(); ++j) {
      EXPECT_EQ(read_in_pieces({text.substr(0, i), text.substr(i, j - i), text.substr(j)}), whole) << i << " " << j;
    }
  }
}

// Strings full of quotes, backslashes and brackets, longer than one 64-byte block.
Json random_value(Rng& rng, int depth) {
  static constexpr std::string_view kNasty[] = {"\"", "\\", "{", "}", "[", "]", ",", ":", "\\\"", "x", "ü", "\n"};
  switch (rng.below(depth > 0 ? 5 : 3)) {
    case 0: return Json(static_cast<std::int64_t>(rng.next() >> 1));
    case 1: return Json(nullptr);
    case 2: {
      std::string text;
      for (std::uint64_t n = rng.below(120); n > 0; --n) text += kNasty[rng.below(std::size(kNasty))];
      return Json(text);
    }
    case 3: {
      Json array = Json::array();
      for (std::uint64_t n = rng.below(4); n > 0; --n) array.push_back(random_value(rng, depth - 1));
      return array;
    }
    default: {
      Json object = Json::object();
      for (std::uint64_t n = rng.below(4); n > 0; --n) object["k\\\"" + rng.hex(2)] = random_value(rng, depth - 1);
      return object;
    }
  }
}

TEST(JsonListReader, CutsRandomListsIntoWhatAParserFinds) {
  SeededRng rng(11);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> expected;
    std::string text = R"({"metadata":{"resourceVersion":"1"},"items":[)";
    for (std::uint64_t n = rng.below(8); n > 0; --n) {
      const Json item = {{"value", random_value(rng, 5)}};
      expected.push_back(rng.below(2) == 0 ? dump_json(item) : dump_json_pretty(item));
      text += (expected.size() > 1 ? "," : "") + expected.back();
    }
    text += "]}";
    std::vector<std::string_view> pieces;
    const std::uint64_t longest = 1 + rng.below(round % 2 == 0 ? 10 : 300);
    for (std::string_view rest = text; !rest.empty();) {
      pieces.push_back(rest.substr(0, 1 + rng.below(longest)));
      rest.remove_prefix(pieces.back().size());
    }
    const Outcome outcome = read_in_pieces(pieces);
    EXPECT_EQ(outcome.error, "");
    EXPECT_EQ(outcome.items, expected) << "round " << round;
  }
}

TEST(JsonListReader, AcceptsMembersInAnyOrder) {
  const Outcome outcome =
      read(R"({"items":[{"a":1}],"metadata":{"continue":"next"},"apiVersion":"v1","kind":"PodList"})");
  EXPECT_THAT(outcome.items, ElementsAre(R"({"a":1})"));
  EXPECT_EQ(outcome.head.continue_token, "next");
  EXPECT_EQ(outcome.head.kind, "PodList");
}

TEST(JsonListReader, KnowsTheHeadBeforeTheItemsEnd) {
  JsonListReader reader([](std::string_view) -> Result<> { return {}; });
  ASSERT_TRUE(reader.feed(R"({"kind":"PodList","metadata":{"resourceVersion":"5"},"items":[{)").ok());
  EXPECT_EQ(reader.head().kind, "PodList");
  EXPECT_EQ(reader.head().resource_version, "5");
}

TEST(JsonListReader, TakesAnEmptyListAndANullOne) {
  EXPECT_EQ(read(R"({"items":[]})").error, "");
  EXPECT_EQ(read(R"({"items":null,"kind":"PodList"})").error, "");
  EXPECT_THAT(read(R"({"items":[ ]})").items, IsEmpty());
}

TEST(JsonListReader, PassesAnItemThatLiesInOnePieceWithoutCopying) {
  const std::string text = R"({"items":[{"a":1}]})";
  const char* seen = nullptr;
  JsonListReader reader([&](std::string_view item) -> Result<> {
    seen = item.data();
    return {};
  });
  ASSERT_TRUE(reader.feed(text).ok());
  EXPECT_EQ(seen, text.data() + text.find("{\"a\""));
}

TEST(JsonListReader, RefusesWhatIsNotAListOfObjects) {
  for (std::string_view text : {"[]",
                                "null",
                                "{}",
                                R"({"kind":"Status"})",
                                R"({"items":[1]})",
                                R"({"items":[{},]})",
                                R"({"items":[{}{}]})",
                                R"({"items":[[]]})",
                                R"({"items":{}})",
                                R"({"items":[{}],"items":[]})",
                                R"({"items":[],})",
                                R"({,"items":[]})",
                                R"({"items":[]}x)",
                                R"({"items":[]}{"items":[]})",
                                R"({"items" []})",
                                R"({"items":[],"kind":})",
                                R"({"items":[],"kind":tru})",
                                R"({"items":[],"kind":"a" "b"})",
                                R"({"items":[],"metadata":{"a":]}})",
                                R"({items:[]})",
                                R"({"items":nul})",
                                R"({"items":[],"kind":"\q"})",
                                R"({"\u0069tems":[{}]})",
                                R"({"items":[],"kind":"a","kind":"b"})",
                                "{\"items\":[],\"kind\":\"\xff\"}",
                                R"({"items":[}})"}) {
    const Outcome outcome = read(text);
    EXPECT_EQ(outcome.code, Code::invalid) << text << ": " << outcome.error;
  }
}

TEST(JsonListReader, ReportsEveryEarlyEndAsCorrupt) {
  const std::string_view text = R"({"kind":"L","items":[{"a":"b"},{}],"metadata":{"continue":"x"}})";
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_EQ(read(text.substr(0, size)).code, Code::corrupt) << size;
  }
}

TEST(JsonListReader, SaysAtWhichByteTheListIsWrong) {
  EXPECT_THAT(read_in_pieces({R"({"items":)", R"([{},7]})"}).error, HasSubstr("expected an object at byte 13"));
}

TEST(JsonListReader, BoundsItemsAndMembers) {
  const std::string item = "{\"a\":\"" + std::string(992, 'x') + "\"}";
  ASSERT_EQ(item.size(), 1000U);
  EXPECT_EQ(read("{\"items\":[" + item + "," + item + "]}", 1000).error, "");
  EXPECT_THAT(read("{\"items\":[" + item + "]}", 999).error, HasSubstr("larger than 999 bytes"));
  EXPECT_THAT(read("{\"items\":[],\"metadata\":" + item + "}", 999).error, HasSubstr("larger than 999 bytes"));
  std::string many = "{\"items\":[]";
  for (int i = 0; i < 100; ++i) many += ",\"member" + std::to_string(i) + "\":1";
  EXPECT_THAT(read(many + "}", 999).error, HasSubstr("larger than 999 bytes"));
}

TEST(JsonListReader, StopsWithTheErrorOfTheSink) {
  int items = 0;
  JsonListReader reader([&](std::string_view) -> Result<> {
    ++items;
    return Error(Code::out_of_space, "disk full");
  });
  auto fed = reader.feed(R"({"items":[{},{},{}]})");
  ASSERT_FALSE(fed.ok());
  EXPECT_EQ(fed.error().code(), Code::out_of_space);
  EXPECT_EQ(items, 1);
}

}  // namespace
}  // namespace salvor::codec
