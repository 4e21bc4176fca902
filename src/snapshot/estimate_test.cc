#include "snapshot/estimate.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "os/temporary_directory.h"

namespace salvor::snapshot {
namespace {

using ::testing::ElementsAre;

TEST(Estimating, CountsWhatASnapshotWouldHoldAndNamesWhatItWouldNot) {
  const os::TemporaryDirectory temporary = *os::TemporaryDirectory::make();
  const std::filesystem::path root(temporary.path());
  std::filesystem::create_directories(root / "a/b/c");
  std::ofstream(root / "one") << "12345";
  std::ofstream(root / "a/b/two") << "1234567";
  std::filesystem::create_symlink("nowhere", root / "a/link");
  ASSERT_EQ(::mkfifo((root / "a/pipe").c_str(), 0600), 0);
  Estimate sum;
  std::vector<std::string> problems;
  ASSERT_TRUE(estimate(*SourceTree::open(temporary.path()), sum,
                       [&](const std::string& path, const Error&) { problems.push_back(path); }, {})
                  .ok());
  EXPECT_EQ(sum.files, 2U);
  EXPECT_EQ(sum.bytes, 12U);
  EXPECT_EQ(sum.symlinks, 1U);
  EXPECT_EQ(sum.directories, 4U);
  EXPECT_EQ(sum.left_out, 1U);
  EXPECT_EQ(sum.failed, 0U);
  EXPECT_THAT(problems, ElementsAre("a/pipe"));
}

}  // namespace
}  // namespace salvor::snapshot
