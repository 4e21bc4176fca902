#include "base/nearest.h"

#include <gtest/gtest.h>

#include <vector>

namespace salvor {
namespace {

TEST(EditDistance, CountsSlips) {
  EXPECT_EQ(edit_distance("create", "create"), 0u);
  EXPECT_EQ(edit_distance("craete", "create"), 1u);  // a swap
  EXPECT_EQ(edit_distance("creat", "create"), 1u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(Nearest, OffersOnlyWhatIsLikelyMeant) {
  const std::vector<std::string_view> words = {"create", "delete", "describe"};
  EXPECT_EQ(nearest("creat", words), "create");
  EXPECT_EQ(nearest("deltee", words), "delete");
  EXPECT_EQ(nearest("xyz", words), std::nullopt);
}

}  // namespace
}  // namespace salvor
