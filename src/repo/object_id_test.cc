#include "repo/object_id.h"

#include <gtest/gtest.h>

#include <string>

namespace salvor::repo {
namespace {

std::string parsed(std::string_view text) {
  const auto id = ObjectId::parse(text);
  return id.ok() ? to_string(*id) : "error";
}

// As stock's object.ParseID answers, but for the empty text and bare letters, which it takes for the empty id.
TEST(ObjectId, ReadsAndPrintsWhatKopiaPrints) {
  EXPECT_EQ(parsed("kaabb"), "kaabb");
  EXPECT_EQ(parsed("Iaabb"), "Iaabb");
  EXPECT_EQ(parsed("IIkaabb"), "IIkaabb");
  EXPECT_EQ(parsed("Zaabb"), "Zaabb");
  EXPECT_EQ(parsed("D0011"), "0011");
  EXPECT_EQ(parsed("IDaabb"), "Iaabb");
  EXPECT_EQ(parsed("ZDmaabb"), "Zmaabb");
}

TEST(ObjectId, RefusesWhatIsNoId) {
  for (const std::string_view text : {"", "I", "Z", "D", "IZaabb", "ZIaabb", "DDaabb", "Kaabb", "I k", "iaabb "}) {
    EXPECT_EQ(parsed(text), "error") << text;
  }
  EXPECT_EQ(parsed(std::string(255, 'I') + "aa").size(), 257U);
  EXPECT_EQ(parsed(std::string(256, 'I') + "aa"), "error");
}

TEST(ObjectId, TellsHowTheBytesAreFound) {
  const ObjectId indirect = *ObjectId::parse("IIxaabb"), compressed = *ObjectId::parse("Zaabb");
  EXPECT_EQ(indirect.indirection, 2);
  EXPECT_FALSE(indirect.compressed);
  EXPECT_EQ(to_string(indirect.content), "xaabb");
  EXPECT_EQ(compressed.indirection, 0);
  EXPECT_TRUE(compressed.compressed);
}

}  // namespace
}  // namespace salvor::repo
