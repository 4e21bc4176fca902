#include "snapshot/source_tree.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "os/temporary_directory.h"

namespace salvor::snapshot {
namespace {

namespace fs = std::filesystem;
using ::testing::UnorderedElementsAre;

struct Sources : ::testing::Test {
  Result<> visit(const SourceTree& tree, const std::string& directory, const std::function<Result<>(Found)>& visitor) {
    const SourceDirectory open = TRY(tree.open_directory(directory));
    return open.list(visitor);
  }
  std::vector<std::string> names(const SourceTree& tree, const std::string& directory) {
    std::vector<std::string> all;
    const Result<> listed =
        visit(tree, directory, [&](Found found) { return all.push_back(found.entry.name), Result<>(); });
    if (!listed.ok()) all.push_back(to_string(listed.error().code()).data());
    return all;
  }
  static Result<std::string> read_all(SourceFile& file, std::size_t at_a_time = 3) {
    std::string text;
    Bytes piece(at_a_time);
    while (const std::size_t got = TRY(file.read(piece))) text += as_text(ByteView(piece).first(got));
    return text;
  }
  Result<std::string> read(const SourceTree& tree, const std::string& directory, DirEntry& entry,
                           std::size_t at_a_time = 3) {
    const SourceDirectory in = TRY(tree.open_directory(directory));
    SourceFile file = TRY(in.open_file(entry.name));
    std::string text = TRY(read_all(file, at_a_time));
    file.describe(entry);
    return text;
  }
  Result<std::string> read_link(const SourceTree& tree, const std::string& directory, const std::string& name) {
    const SourceDirectory in = TRY(tree.open_directory(directory));
    return in.read_link(name);
  }

  os::TemporaryDirectory temporary = *os::TemporaryDirectory::make();
  const fs::path root = temporary.path();
};

TEST_F(Sources, EveryKindOfEntryIsWhatItIs) {
  std::ofstream(root / "file") << "hello";
  fs::create_directory(root / "directory");
  fs::create_symlink("nowhere", root / "link");
  ASSERT_EQ(::mkfifo((root / "fifo").c_str(), 0600), 0);
  fs::permissions(root / "file", fs::perms(04751));
  const SourceTree tree = *SourceTree::open(root);
  std::map<std::string, Found> found;
  ASSERT_TRUE(visit(tree, "", [&](Found one) {
                const std::string name = one.entry.name;
                found.emplace(name, std::move(one));
                return Result<>();
              }).ok());
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found.at("file").entry.type, EntryType::file);
  EXPECT_EQ(found.at("file").entry.mode, 04751U);
  EXPECT_EQ(found.at("file").entry.size, 5U);
  EXPECT_EQ(found.at("directory").entry.type, EntryType::directory);
  EXPECT_EQ(found.at("directory").entry.size, 0U);
  EXPECT_EQ(found.at("link").entry.type, EntryType::symlink);
  EXPECT_EQ(*read_link(tree, "", "link"), "nowhere");
  EXPECT_EQ(found.at("fifo").entry.type, EntryType::unknown);
  EXPECT_EQ(found.at("fifo").kind, "a FIFO");
}

TEST_F(Sources, AFileThatGrewIsWhatWasRead) {
  std::ofstream(root / "file") << "hello";
  const SourceTree tree = *SourceTree::open(root);
  DirEntry entry{.name = "file", .type = EntryType::file, .size = 1};
  EXPECT_EQ(*read(tree, "", entry), "hello");
  EXPECT_EQ(entry.size, 5U);
}

// Between the list and the reading somebody may put anything under the name.
TEST_F(Sources, WhatIsNoFileAnyMoreIsNotReadAndNotWaitedFor) {
  ASSERT_EQ(::mkfifo((root / "a").c_str(), 0600), 0);
  std::ofstream(root / "secret") << "secret";
  fs::create_symlink("secret", root / "b");
  const SourceTree tree = *SourceTree::open(root);
  DirEntry fifo{.name = "a"}, link{.name = "b"}, nothing{.name = "c"};
  EXPECT_EQ(read(tree, "", fifo).error().code(), Code::not_found);
  EXPECT_FALSE(read(tree, "", link).ok());
  EXPECT_EQ(read(tree, "", nothing).error().code(), Code::not_found);
}

TEST_F(Sources, ATreeMayBeDeeperThanAPathIsLong) {
  std::string path;
  std::vector<os::Fd> levels;
  const auto name_of = [](std::size_t depth) { return "level-" + std::to_string(depth); };
  levels.emplace_back(::open(root.c_str(), O_RDONLY | O_DIRECTORY));
  for (std::size_t depth = 0; depth < 450; ++depth) {
    const std::string name = name_of(depth);
    ASSERT_EQ(::mkdirat(levels.back().get(), name.c_str(), 0700), 0);
    levels.emplace_back(::openat(levels.back().get(), name.c_str(), O_RDONLY | O_DIRECTORY));
    ASSERT_TRUE(levels.back());
    path += (path.empty() ? "" : "/") + name;
  }
  const os::Fd file(::openat(levels.back().get(), "bottom", O_WRONLY | O_CREAT, 0600));
  ASSERT_EQ(::write(file.get(), "hello", 5), 5);
  ASSERT_EQ(::symlinkat("up", levels.back().get(), "link"), 0);
  ASSERT_GT(path.size(), 4096U);
  const SourceTree tree = *SourceTree::open(root);
  EXPECT_THAT(names(tree, path), UnorderedElementsAre("bottom", "link"));
  DirEntry entry{.name = "bottom"};
  EXPECT_EQ(*read(tree, path, entry), "hello");
  EXPECT_EQ(*read_link(tree, path, "link"), "up");

  // By hand, since nothing takes away a path of that length.
  for (const char* name : {"bottom", "link"}) ASSERT_EQ(::unlinkat(levels.back().get(), name, 0), 0);
  for (std::size_t depth = levels.size() - 1; depth-- > 0;) {
    ASSERT_EQ(::unlinkat(levels[depth].get(), name_of(depth).c_str(), AT_REMOVEDIR), 0);
  }
}

TEST_F(Sources, TheRootIsCalledByItsLastNameAndALinkByThatOfWhereItLeads) {
  fs::create_directory(root / "data");
  fs::create_directory_symlink("data", root / "link");
  EXPECT_EQ(SourceTree::open(root / "data/")->root()->name, "data");
  EXPECT_EQ(SourceTree::open(root / "link")->root()->name, "data");
  EXPECT_EQ(SourceTree::open("/")->root()->name, "/");
  EXPECT_EQ(SourceTree::open(root / "nowhere").error().code(), Code::not_found);
}

TEST_F(Sources, TheRootMayBeAFileAndNothingThatWaitsOrActs) {
  std::ofstream(root / "file") << "hello";
  const SourceTree tree = *SourceTree::open(root / "file");
  EXPECT_TRUE(tree.is_file());
  DirEntry entry = *tree.root();
  EXPECT_EQ(entry.name, "file");
  EXPECT_EQ(entry.type, EntryType::file);
  for (int twice = 0; twice < 2; ++twice) {
    SourceFile file = *tree.open_root();
    EXPECT_EQ(*read_all(file), "hello");
  }
  ASSERT_EQ(::mkfifo((root / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(SourceTree::open(root / "fifo").error().code(), Code::unsupported);
  EXPECT_EQ(SourceTree::open("/dev/null").error().code(), Code::unsupported);
}

TEST_F(Sources, HolesAreZerosWhereverTheyAre) {
  const std::string data(200'000, 'x');
  for (const std::vector<std::size_t>& starts :
       std::vector<std::vector<std::size_t> >{{}, {0}, {5'000'000}, {0, 3'000'000}, {1'000'000, 2'000'000}}) {
    std::string whole(6'000'000, '\0');
    const os::Fd file(::open((root / "holes").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600));
    ASSERT_EQ(::ftruncate(file.get(), static_cast<off_t>(whole.size())), 0);
    for (const std::size_t start : starts) {
      ASSERT_EQ(::pwrite(file.get(), data.data(), data.size(), static_cast<off_t>(start)), std::ssize(data));
      whole.replace(start, data.size(), data);
    }
    const SourceTree tree = *SourceTree::open(root);
    DirEntry entry{.name = "holes"};
    EXPECT_TRUE(*read(tree, "", entry, 70'001) == whole) << starts.size();
    EXPECT_EQ(entry.size, whole.size());
  }
}

TEST_F(Sources, AFileThatChangesWhileItIsReadIsTold) {
  std::ofstream(root / "file") << std::string(3'000'000, 'x');
  const SourceTree tree = *SourceTree::open(root);
  const SourceDirectory in = *tree.open_directory("");
  DirEntry entry;
  SourceFile calm = *in.open_file("file");
  ASSERT_TRUE(read_all(calm, 1 << 20).ok());
  EXPECT_FALSE(*calm.has_changed());
  SourceFile cut = *in.open_file("file");
  Bytes piece(1'000'000);
  ASSERT_EQ(*cut.read(piece), piece.size());
  fs::resize_file(root / "file", 2'000'000);
  ASSERT_EQ(read_all(cut, 1 << 20)->size(), 1'000'000U);
  EXPECT_TRUE(*cut.has_changed());
  cut.describe(entry);
  EXPECT_EQ(entry.size, 2'000'000U);
}

TEST_F(Sources, WhatBelongsToADirectoryIsReadAndLinksAreFollowedWhereTheyMay) {
  fs::create_directories(root / "a/directory");
  std::ofstream(root / "rules") << "*.tmp";
  fs::create_symlink("../rules", root / "a/link");
  fs::create_symlink("nowhere", root / "a/dangling");
  fs::create_symlink("directory", root / "a/leads-to-directory");
  const SourceTree tree = *SourceTree::open(root);
  const auto beside = [&](const std::string& directory, const std::string& name, Links links) {
    const auto text = tree.read_beside(directory, name, 3, links);
    if (!text.ok()) return std::string(to_string(text.error().code()));
    return text->value_or("nothing");
  };
  EXPECT_EQ(beside("", "rules", Links::refuse), "*.t");
  EXPECT_EQ(beside("a", "link", Links::follow), "*.t");
  EXPECT_EQ(beside("a", "link", Links::refuse), "nothing");
  EXPECT_EQ(beside("a", "dangling", Links::follow), "invalid");
  EXPECT_EQ(beside("a", "leads-to-directory", Links::follow), "invalid");
  EXPECT_EQ(beside("a", "directory", Links::follow), "nothing");
  EXPECT_EQ(beside("a", "missing", Links::follow), "nothing");
  EXPECT_EQ(beside("missing", "rules", Links::follow), "nothing");
}

}  // namespace
}  // namespace salvor::snapshot
