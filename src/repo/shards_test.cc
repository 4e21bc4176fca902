#include "repo/shards.h"

#include <gtest/gtest.h>

#include "repo/golden_lines_testing.h"

namespace salvor::repo {
namespace {

TEST(Shards, PutBlobsWhereStockPutsThem) {
  Shards shards;
  std::size_t paths = 0;
  for (const std::string& line : golden_lines("shards.txt")) {
    const std::size_t space = line.find(' ');
    const std::string first = line.substr(0, space), second = line.substr(space + 1);
    if (first == "shards") {
      const auto parsed = parse_shards(second);
      ASSERT_TRUE(parsed.ok()) << to_string(parsed.error());
      EXPECT_EQ(encode(*parsed), second + "\n");
      shards = *parsed;
      continue;
    }
    EXPECT_EQ(shards.path_of(first), second);
    ++paths;
  }
  EXPECT_EQ(paths, 100u);
}

TEST(Shards, OfNewRepositoriesAreThoseOfStock) {
  EXPECT_EQ(encode(Shards{}), "{\"default\":[1,3],\"maxNonShardedLength\":20}\n");
}

TEST(Shards, ThatAreNotWrittenAreNone) {
  EXPECT_EQ(parse_shards("{}").value(), (Shards{.sizes = {}, .max_unsharded_length = 0}));
  EXPECT_EQ(parse_shards(R"({"default":[],"maxNonShardedLength":-1,"overrides":[{}],"more":1})").value(),
            (Shards{.sizes = {}, .max_unsharded_length = 0, .overrides = {{}}}));
}

TEST(Shards, ThatCannotBeAreCorrupt) {
  for (const char* text :
       {"", "[]", "null", "{", R"({"default":[1,3)", R"({"default":1})", R"({"default":[-1]})", R"({"default":[256]})",
        R"({"default":[1.5]})", R"({"default":["1"]})", R"({"default":[99999999999999999999]})",
        R"({"maxNonShardedLength":"20"})", R"({"maxNonShardedLength":9223372036854775808})", R"({"overrides":{}})",
        R"({"overrides":[1]})", R"({"overrides":[{"prefix":1}]})", R"({"overrides":[{"shards":[-1]}]})"}) {
    const auto parsed = parse_shards(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code(), Code::corrupt) << text;
  }
}

}  // namespace
}  // namespace salvor::repo
