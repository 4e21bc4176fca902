#include "snapshot/mounted_tree.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "base/task_group.h"
#include "snapshot/mount_names.h"
#include "snapshot/repository_testing.h"

namespace salvor::snapshot {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::uint64_t kTop = 1;
constexpr std::size_t kReadAtATime = 50'000;  // less than a chunk, and no part of one

struct Saved {
  TestRepository repository;
  const std::string large = repository.random_text(700'000);
  const Manifest snapshot =
      repository.save({{"a/b/one", "1"}, {"a/large", large}, {"a/two", "2"}, {"empty/", ""}, {"z", "last"}});
};

// What a test damages is whole again at its end.
struct Mounted : ::testing::Test {
  static void SetUpTestSuite() { saved.emplace(); }
  static void TearDownTestSuite() { saved.reset(); }
  void SetUp() override { mount({}); }
  void TearDown() override {
    for (const auto& [id, bytes] : whole) repository.put(id, bytes);
  }

  void damage(const std::string& path) {
    const repo::ContentEntry content = repository.content_of(saved->snapshot, path);
    const std::string pack(content.pack_blob_id);
    whole.emplace(pack, repository.blob(pack));
    repository.damage(content);
  }
  void mount(MountLimits limits) {
    opened = repository.open();
    tree = *MountedTree::of(*opened, *saved->snapshot.root, limits, problem(), {});
  }
  MountedTree::Problem problem() {
    return [this](const std::string& path, const Error& error) { told.emplace_back(path, error.message()); };
  }
  os::SysResult<struct stat> look(std::string_view path) {
    os::SysResult<struct stat> at = tree->status(kTop);
    while (at && !path.empty()) {
      const std::string_view name = path.substr(0, path.find('/'));
      path.remove_prefix(std::min(path.size(), name.size() + 1));
      at = tree->find(at.value.st_ino, name);
    }
    return at;
  }
  // What the file holds, or the errno.
  std::string read(const std::string& path) {
    const auto at = look(path);
    if (!at) return "no file: " + std::to_string(at.error);
    const auto file = tree->open(at.value.st_ino);
    if (!file) return "not opened: " + std::to_string(file.error);
    std::string text;
    Bytes piece(kReadAtATime);
    for (;;) {
      const auto got = tree->read(file.value, text.size(), piece);
      if (!got) return "not read: " + std::to_string(got.error);
      text += as_text(ByteView(piece).first(got.value));
      if (got.value < piece.size()) break;
    }
    tree->close(file.value);
    return text;
  }
  std::vector<std::string> names(std::string_view path, std::uint64_t from = 0) {
    std::vector<std::string> all;
    const auto at = look(path);
    if (!at) return {"no directory"};
    const auto listed = tree->list(at.value.st_ino, from, [&](std::string_view name, const struct stat& status) {
      const auto found = tree->find(at.value.st_ino, name);
      EXPECT_TRUE(found);
      EXPECT_EQ(found.value.st_ino, status.st_ino);
      all.emplace_back(name);
      return true;
    });
    if (!listed) return {"not read: " + std::to_string(listed.error)};
    return all;
  }

  static inline std::optional<Saved> saved;
  TestRepository& repository = saved->repository;
  std::map<std::string, Bytes> whole;
  std::vector<std::pair<std::string, std::string>> told;
  std::unique_ptr<repo::Repository> opened;
  std::unique_ptr<MountedTree> tree;
};

const std::string kIoError = std::to_string(EIO);

TEST_F(Mounted, ATreeIsThereAsItWasSaved) {
  EXPECT_THAT(names(""), ElementsAre("a", "empty", "z"));
  EXPECT_THAT(names("a"), ElementsAre("b", "large", "two"));
  EXPECT_THAT(names("a", 2), ElementsAre("two"));
  EXPECT_THAT(names("empty"), IsEmpty());
  EXPECT_EQ(read("a/b/one"), "1");
  EXPECT_EQ(read("z"), "last");
  EXPECT_TRUE(read("a/large") == saved->large);
  EXPECT_EQ(look("a/nothing").error, ENOENT);
  const auto status = look("a/large");
  EXPECT_EQ(status.value.st_mode, S_IFREG | 0644U);
  EXPECT_EQ(status.value.st_size, 700'000);
  EXPECT_EQ(status.value.st_mtim.tv_sec, 1'600'000'000);
  EXPECT_EQ(look("a").value.st_mode, S_IFDIR | 0755U);
  EXPECT_THAT(told, IsEmpty());
}

TEST_F(Mounted, APartIsReadWhereverItIs) {
  const auto file = tree->open(look("a/large").value.st_ino);
  for (const std::size_t at : {0UL, 131'071UL, 131'072UL, 262'100UL, 699'999UL, 700'000UL, 900'000UL}) {
    Bytes into(200'000);
    const auto got = tree->read(file.value, at, into);
    const std::string expected = at < saved->large.size() ? saved->large.substr(at, into.size()) : "";
    EXPECT_TRUE(as_text(ByteView(into).first(got.value)) == expected) << at;
  }
}

TEST_F(Mounted, NothingIsLostWhenLittleIsKept) {
  mount({.directory_bytes = 1, .content_bytes = 1});
  EXPECT_EQ(read("a/b/one"), "1");
  EXPECT_TRUE(read("a/large") == saved->large);
  EXPECT_EQ(read("a/b/one"), "1");
}

TEST_F(Mounted, ManyThreadsReadAtATime) {
  mount({.directory_bytes = 1, .content_bytes = 300'000});
  TaskGroup group;
  for (int i = 0; i < 4; ++i) {
    group.start([&](std::stop_token) -> Result<> {
      if (read("a/large") != saved->large || read("a/two") != "2") return Error(Code::corrupt, "something else");
      return {};
    });
  }
  EXPECT_TRUE(group.join().ok());
}

TEST_F(Mounted, ADamagedContentIsAnErrorOfTheFilesThatNeedItAndToldOnce) {
  damage("a/two");
  EXPECT_EQ(read("a/two"), "not read: " + kIoError);
  EXPECT_EQ(read("a/two"), "not read: " + kIoError);
  EXPECT_EQ(read("a/b/one"), "1");
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told.front().first, "a/two");
  EXPECT_THAT(told.front().second, HasSubstr("content"));
}

TEST_F(Mounted, ADamagedDirectoryIsAnErrorOfWhatIsInIt) {
  damage("a");
  EXPECT_THAT(names("a"), ElementsAre("not read: " + kIoError));
  EXPECT_EQ(look("a/two").error, EIO);
  EXPECT_EQ(look("a").value.st_mode, S_IFDIR | 0755U);
  EXPECT_EQ(read("z"), "last");
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told.front().first, "a");
}

TEST_F(Mounted, NumbersThatNameNothingAreRefused) {
  for (const std::uint64_t node : {std::uint64_t{0}, std::uint64_t{7}, std::uint64_t{7} << 32, ~std::uint64_t{0}}) {
    EXPECT_EQ(tree->status(node).error, ESTALE) << node;
    EXPECT_EQ(tree->open(node).error, ESTALE) << node;
    EXPECT_EQ(tree->find(node, "a").error, ESTALE) << node;
  }
  Bytes into(1);
  EXPECT_EQ(tree->read(99, 0, into).error, EBADF);
  EXPECT_EQ(tree->find(look("z").value.st_ino, "a").error, ESTALE);
}

TEST_F(Mounted, AllSnapshotsStandBelowTheirSources) {
  Manifest other = saved->snapshot;
  other.source = {.host = "h", .user = "u", .path = "/srv/data"};
  other.incomplete = "checkpoint";
  tree = MountedTree::of_all(*opened, {saved->snapshot, other, saved->snapshot}, {}, problem(), {});
  EXPECT_THAT(names(""), ElementsAre("u@h", "user@host"));
  EXPECT_THAT(names("u@h"), ElementsAre("srv_data"));
  const auto times = names("user@host/tree");
  ASSERT_THAT(times, SizeIs(2));
  EXPECT_EQ(times[1], times[0] + " (2)");
  EXPECT_THAT(names("u@h/srv_data"), ElementsAre(times[0] + " (checkpoint)"));
  EXPECT_EQ(read("user@host/tree/" + times[1] + "/a/b/one"), "1");
  EXPECT_EQ(read("u@h/srv_data/" + times[0] + " (checkpoint)/z"), "last");
}

TEST(MountNames, AreWhatStockMakesOfPaths) {
  EXPECT_THAT(safe_mount_names({"/", "/srv/data", "C:\\Users\\x", "c:/", "/a/b", "/A_B", "/a_b/"}),
              ElementsAre("__root", "srv_data", "C_Users_x", "c", "a_b (2)", "A_B", "a_b (3)"));
}

}  // namespace
}  // namespace salvor::snapshot
