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
  std::filesystem::create_directories(root / "cache");
  std::ofstream(root / "cache/CACHEDIR.TAG") << "Signature: 8a477f597d28d172789f06886806bc55";
  std::ofstream(root / "a/.kopiaignore") << "*.tmp\n";
  std::ofstream(root / "a/b/c/x.tmp") << "123";
  const auto rules = EntryRules::make(Policies(), {.host = "host", .user = "user", .path = temporary.path()}, {});
  ASSERT_TRUE(rules.ok());
  ASSERT_TRUE(estimate(*SourceTree::open(temporary.path()), **rules, sum,
                       [&](const std::string& path, const Error&) { problems.push_back(path); }, {})
                  .ok());
  EXPECT_EQ(sum.files, 3U) << "the file with rules, too";
  EXPECT_EQ(sum.bytes, 18U);
  EXPECT_EQ(sum.excluded.files, 1U);
  EXPECT_EQ(sum.excluded.bytes, 3U);
  EXPECT_EQ(sum.symlinks, 1U);
  EXPECT_EQ(sum.directories, 5U) << "the cache is saved as an empty one";
  EXPECT_EQ(sum.left_out, 1U);
  EXPECT_EQ(sum.failed, 0U);
  EXPECT_THAT(problems, ElementsAre("a/pipe"));
}

}  // namespace
}  // namespace salvor::snapshot
