#include "repo/content_id.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace salvor::repo {
namespace {

std::string parsed(std::string_view text) {
  const auto id = ContentId::parse(text);
  return id.ok() ? to_string(*id) : "error";
}

// What is an id and what is not was asked of stock's index.ParseID; it takes upper-case digits, we do not.
TEST(ContentId, ReadsAndPrintsWhatKopiaPrints) {
  const std::string longest = "k" + std::string(64, 'a');
  for (const std::string& text : {std::string("aabb"), std::string("gaabb"), std::string("zaabb"), std::string("00"),
                                  longest, longest.substr(1)}) {
    EXPECT_EQ(parsed(text), text);
  }
}

TEST(ContentId, RefusesWhatIsNoId) {
  for (const std::string_view text : {"", "k", "faabb", "Kaabb", "{aabb", "kAABB", "AABB", "aabx", "k-abb", "kk"}) {
    EXPECT_EQ(parsed(text), "error") << text;
  }
  EXPECT_EQ(parsed(std::string(66, 'a')), "error");
  EXPECT_EQ(parsed("k" + std::string(66, 'a')), "error");
  EXPECT_EQ(ContentId::parse("k").error().code(), Code::invalid);
}

TEST(ContentId, HasABinaryFormThatComesBack) {
  const ContentId with = *ContentId::parse("k0a0b"), without = *ContentId::parse("0a0b");
  EXPECT_EQ(as_text(with.binary()), "k\x0a\x0b");
  EXPECT_EQ(as_text(without.binary()), std::string_view("\0\x0a\x0b", 3));
  EXPECT_EQ(as_text(with.hash()), "\x0a\x0b");
  EXPECT_EQ(with.prefix(), 'k');
  EXPECT_EQ(without.prefix(), 0);
  for (const ContentId& id : {with, without}) EXPECT_EQ(*ContentId::from_binary(id.binary()), id);
}

TEST(ContentId, RefusesABinaryFormThatIsNone) {
  EXPECT_FALSE(ContentId::from_binary({}).ok());
  EXPECT_FALSE(ContentId::from_binary(as_bytes("k")).ok());
  EXPECT_FALSE(ContentId::from_binary(as_bytes("a12")).ok());
  EXPECT_FALSE(ContentId::from_binary(as_bytes("{12")).ok());
  EXPECT_FALSE(ContentId::from_binary(as_bytes("k" + std::string(33, 'x'))).ok());
  EXPECT_TRUE(ContentId::from_binary(as_bytes("k" + std::string(32, 'x'))).ok());
}

TEST(ContentId, SortsIdsWithoutALetterFirstThenByLetterAndHash) {
  const std::vector<std::string> sorted = {"00ff", "01", "ff00", "gff", "k00", "k00ff", "k01", "z00"};
  std::vector<ContentId> ids;
  for (const std::string& text : sorted) ids.push_back(*ContentId::parse(text));
  EXPECT_TRUE(std::ranges::is_sorted(ids));
  std::ranges::reverse(ids);
  std::ranges::sort(ids);
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(to_string(ids[i]), sorted[i]);
}

TEST(ContentId, TheEmptyIdIsEqualToNoOther) {
  EXPECT_TRUE(ContentId().empty());
  EXPECT_TRUE(ContentId().hash().empty());
  EXPECT_NE(ContentId(), *ContentId::parse("00"));
  EXPECT_LT(ContentId(), *ContentId::parse("00"));
  EXPECT_EQ(to_string(ContentId()), "");
}

}  // namespace
}  // namespace salvor::repo
