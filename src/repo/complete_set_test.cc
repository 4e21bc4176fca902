#include "repo/complete_set.h"

#include <gmock/gmock.h>

namespace salvor::repo {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> first_of(const std::vector<std::string>& ids) {
  std::vector<BlobMetadata> blobs;
  for (const std::string& id : ids) blobs.push_back({id});
  std::vector<std::string> found;
  for (const BlobMetadata& blob : first_complete_set(blobs)) found.push_back(blob.id);
  return found;
}

TEST(CompleteSet, IsTheFirstOfWhichAllAreThere) {
  EXPECT_THAT(first_of({}), IsEmpty());
  EXPECT_THAT(first_of({"a-s1-c2"}), IsEmpty());
  EXPECT_THAT(first_of({"a-s1-c2", "b-s1-c2"}), ElementsAre("a-s1-c2", "b-s1-c2"));
  EXPECT_THAT(first_of({"a-s1-c2", "b-s2-c1", "c-s1-c2"}), ElementsAre("b-s2-c1"));
  EXPECT_THAT(first_of({"a-s1-c3", "b-s2-c2", "c-s1-c3", "d-s2-c2", "e-s1-c3"}), ElementsAre("b-s2-c2", "d-s2-c2"));
  EXPECT_THAT(first_of({"a-s1-c2", "b-s1-c2", "c-s1-c2"}), ElementsAre("a-s1-c2", "b-s1-c2"));
  EXPECT_THAT(first_of({"a-s1-c1-more"}), ElementsAre("a-s1-c1-more"));
}

TEST(CompleteSet, OfANameThatDoesNotTellIsTheBlobItself) {
  for (const char* id :
       {"a", "a-s1", "a-x1-c1", "a-s1-x1", "a-s1-c", "a-s1-cx", "a-s1-c99999999999999999999", "-", "--"}) {
    EXPECT_THAT(first_of({"b-s1-c2", id}), ElementsAre(id));
  }
}

TEST(CompleteSet, OfNoneOrFewerIsNeverComplete) {
  EXPECT_THAT(first_of({"a-s1-c0", "b-s1-c0", "c-s1-c0"}), IsEmpty());
  EXPECT_THAT(first_of({"a-s1-c9223372036854775807"}), IsEmpty());
}

}  // namespace
}  // namespace salvor::repo
