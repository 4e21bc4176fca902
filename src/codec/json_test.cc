#include "codec/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace salvor::codec {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string error_of(std::string_view text) {
  auto parsed = parse_json(text);
  return parsed.ok() ? "parsed" : parsed.error().message();
}

TEST(Json, KeepsValuesAndSortsKeys) {
  auto parsed = parse_json(R"({"z":1,"a":[true,null,-2.5,"gr\u00f6\u00dfe"],"m":{"y":18446744073709551615,"b":""}})");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(dump_json(*parsed), R"({"a":[true,null,-2.5,"größe"],"m":{"b":"","y":18446744073709551615},"z":1})");
}

TEST(Json, IndentsByTwoSpacesForPeople) {
  EXPECT_EQ(dump_json_pretty(*parse_json(R"({"a":[1]})")), "{\n  \"a\": [\n    1\n  ]\n}");
}

TEST(Json, RefusesWhatRfc8259Refuses) {
  for (std::string_view text : {"",
                                " ",
                                "{",
                                "}",
                                "[1,]",
                                "{\"a\":1,}",
                                "{'a':1}",
                                "{a:1}",
                                "[1 2]",
                                "01",
                                "1.",
                                ".5",
                                "+1",
                                "NaN",
                                "Infinity",
                                "nul",
                                "\"\t\"",
                                "\"\\x\"",
                                "\"\\ud800\"",
                                "// comment\n1",
                                "1 2",
                                "[1]]",
                                "\xef\xbb\xbf{",
                                "1e999"}) {
    EXPECT_FALSE(parse_json(text).ok()) << text;
    EXPECT_FALSE(check_json(text).ok()) << text;
  }
}

TEST(Json, MakesTheDocumentThatNlohmannsParserMakes) {
  for (const std::string_view text :
       {R"({"b":1,"a":2,"b":{"c":3}})", R"([0,-0,1,-1,9223372036854775807,9223372036854775808,18446744073709551615])",
        R"([-9223372036854775808,18446744073709551616,-9223372036854775809,100000000000000000000])",
        R"([0.0,-0.0,1.0,1e0,1E+2,1e-7,0.1,123456789012345678901234567890.5,5e-324,1e-400,2.2250738585072014e-308])",
        R"(["","\u0000\ud83d\ude00\/\b","x",true,false,null,[],{},[[[]]],{"":{"":""}}])", R"(" ")", "null", "-0",
        " 7 "}) {
    const auto parsed = parse_json(text);
    ASSERT_TRUE(parsed.ok()) << text;
    const Json expected = Json::parse(text);
    EXPECT_EQ(*parsed, expected) << text;
    EXPECT_EQ(dump_json(*parsed), dump_json(expected)) << text;
    EXPECT_EQ(Json::to_cbor(*parsed), Json::to_cbor(expected)) << text;  // the kinds of the numbers too
  }
}

TEST(Json, RefusesWhatFollowsANul) {
  for (const std::string& text : {std::string("\"a\"\0x", 5), std::string("{}\0", 3), std::string("\0{}", 3)}) {
    EXPECT_FALSE(parse_json(text).ok());
    EXPECT_FALSE(check_json(text).ok());
  }
}

TEST(Json, RefusesInvalidUtf8) {
  for (std::string_view text :
       {"\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"\xf5\x80\x80\x80\"", "\"\xe2\x82\""}) {
    EXPECT_THAT(error_of(text), HasSubstr("UTF-8")) << text;
    EXPECT_FALSE(check_json(text).ok()) << text;
  }
}

TEST(Json, AcceptsNumbersOfAnyLength) {
  for (std::string_view text :
       {"100000000000000000000", "-100000000000000000000", "[1e20,123456789012345678901234567890]",
        "0.1234567890123456789012345", "12345678901234567890123.5e-3",
        "{\"a\":\"123456789012345678901234567890\\\"\",\"b\":"
        "99999999999999999999}",
        "18446744073709551616"}) {
    EXPECT_TRUE(parse_json(text).ok()) << text;
    EXPECT_TRUE(check_json(text).ok()) << text;
  }
  for (std::string_view text :
       {"100000000000000000000x", "000000000000000000000", "-", "1000000000000000000000.", "01"}) {
    EXPECT_FALSE(parse_json(text).ok()) << text;
    EXPECT_FALSE(check_json(text).ok()) << text;
  }
}

TEST(Json, SaysWhereTheErrorIs) { EXPECT_THAT(error_of("{\"a\":1,\n \"b\": x}"), HasSubstr("line 2, column 7")); }

TEST(Json, NeverQuotesTheTextInAnError) {
  EXPECT_THAT(error_of(R"({"password":"hunter2)"), Not(HasSubstr("hunter2")));
  EXPECT_THAT(error_of(R"({"password":"hunter2\x"})"), Not(HasSubstr("hunter2")));
  EXPECT_THAT(error_of(R"({"pin":8675309e999})"), Not(HasSubstr("8675309")));
}

TEST(Json, AcceptsTheDeepestAllowedNestingAndNoMore) {
  const auto nested = [](int depth) { return std::string(depth, '[') + "1" + std::string(depth, ']'); };
  EXPECT_TRUE(parse_json(nested(kMaxJsonDepth)).ok());
  EXPECT_TRUE(check_json(nested(kMaxJsonDepth)).ok());
  EXPECT_FALSE(check_json(nested(kMaxJsonDepth + 1)).ok());
  EXPECT_THAT(error_of(nested(kMaxJsonDepth + 1)), HasSubstr("nested deeper than 512"));
  EXPECT_THAT(error_of(std::string(10'000'000, '[')), HasSubstr("nested deeper"));
}

TEST(Json, DoesNotCountBracketsInsideStrings) {
  EXPECT_TRUE(parse_json("\"" + std::string(10'000, '[') + "\\\"" + std::string(10'000, '{') + "\"").ok());
}

TEST(Json, DumpsAStringThatIsNotUtf8WithAReplacement) {
  EXPECT_EQ(dump_json(Json(std::string("a\xff"))), "\"a\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace salvor::codec
