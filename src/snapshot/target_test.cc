#include "snapshot/target.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include "os/file.h"
#include "os/temporary_directory.h"

namespace salvor::snapshot {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct Restoring : ::testing::Test {
  Target target(Existing existing = Existing::refuse) {
    auto opened = Target::open(path, {.existing = existing, .owners = false}, rng);
    EXPECT_TRUE(opened.ok());
    return *std::move(opened);
  }
  static DirEntry file(std::string name, std::uint64_t size) {
    return {.name = std::move(name),
            .type = EntryType::file,
            .mode = 0640,
            .size = size,
            .modified = Time(Duration(1'234'567'890'123'456'789))};
  }
  Result<bool> write(const Target& into, const std::string& name, std::string_view text, const std::string& in = "") {
    const OpenDirectoryPtr directory = in.empty() ? into.root() : TRY(into.directory(*into.root(), in));
    return into.write_file(directory, file(name, text.size()), as_bytes(text));
  }
  std::string read(const std::string& name) { return os::read_file(path + "/" + name, 1 << 20).value_or("nothing"); }
  std::vector<std::string> names() { return *os::list_names(path); }

  os::TemporaryDirectory temporary = *os::TemporaryDirectory::make();
  const std::string outside = temporary.path() + "/outside", path = temporary.path() + "/target";
  SeededRng rng{1};
};

TEST_F(Restoring, AFileIsThereWithItsBytesModeAndTime) {
  const Target into = target();
  ASSERT_TRUE(write(into, "a", "hello").value());
  EXPECT_EQ(read("a"), "hello");
  struct stat about;
  ASSERT_EQ(::stat((path + "/a").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0640U);
  EXPECT_EQ(about.st_mtim.tv_sec, 1'234'567'890);
  EXPECT_EQ(about.st_mtim.tv_nsec, 123'456'789);
  EXPECT_THAT(names(), UnorderedElementsAre("a"));
}

TEST_F(Restoring, NamesThatLeadOutAreNone) {
  const Target into = target();
  for (const std::string& name : {std::string(), std::string("."), std::string(".."), std::string("../a"),
                                  std::string("a/b"), std::string("/etc/passwd"), std::string("a\0b", 3)}) {
    EXPECT_EQ(write(into, name, "x").error().code(), Code::corrupt) << name;
    EXPECT_EQ(into.directory(*into.root(), name).error().code(), Code::corrupt) << name;
    DirEntry link = file(name, 1);
    link.type = EntryType::symlink;
    EXPECT_EQ(into.write_symlink(*into.root(), link, "to").error().code(), Code::corrupt) << name;
  }
  EXPECT_THAT(names(), IsEmpty());
}

// A snapshot may hold a link and, under the same name, a directory with files.
TEST_F(Restoring, ALinkInTheWayIsNeverFollowed) {
  ASSERT_TRUE(os::make_directories(outside).ok());
  const Target into = target(Existing::overwrite);
  fs::create_directory_symlink(outside, path + "/d");
  EXPECT_EQ(into.directory(*into.root(), "d").error().code(), Code::already_exists);
  EXPECT_FALSE(write(into, "a", "x", "d").ok());
  EXPECT_THAT(*os::list_names(outside), IsEmpty());

  std::ofstream(outside + "/precious") << "kept";
  fs::create_symlink(outside + "/precious", path + "/f");
  ASSERT_TRUE(write(into, "f", "new").value());
  EXPECT_EQ(*os::read_file(outside + "/precious", 100), "kept");
  EXPECT_FALSE(fs::is_symlink(path + "/f"));
  EXPECT_EQ(read("f"), "new");
}

TEST_F(Restoring, WhatIsThereIsRefusedKeptOrReplaced) {
  ASSERT_TRUE(write(target(), "a", "first").value());
  EXPECT_EQ(write(target(Existing::refuse), "a", "second").error().code(), Code::already_exists);
  EXPECT_EQ(read("a"), "first");
  EXPECT_FALSE(write(target(Existing::skip), "a", "second").value());
  EXPECT_EQ(read("a"), "first");
  EXPECT_TRUE(write(target(Existing::overwrite), "a", "second").value());
  EXPECT_EQ(read("a"), "second");
  fs::create_directory(path + "/d");
  EXPECT_EQ(write(target(Existing::overwrite), "d", "x").error().code(), Code::already_exists);
}

TEST_F(Restoring, AFileThatIsNotPublishedLeavesNothing) {
  const Target into = target(Existing::overwrite);
  ASSERT_TRUE(write(into, "a", "before").value());
  EXPECT_EQ(into.write_file(into.root(), file("a", 10), as_bytes("12345")).error().code(), Code::corrupt);
  {
    const auto part = into.begin_file(into.root(), file("b", 10));
    ASSERT_TRUE(part.ok() && *part);
    ASSERT_TRUE((*part)->write_at(5, as_bytes("67890")).ok());
    EXPECT_EQ(names().size(), 2U);
  }
  EXPECT_THAT(names(), UnorderedElementsAre("a"));
  EXPECT_EQ(read("a"), "before");
}

TEST_F(Restoring, WhatComesInTheWayMeanwhileIsRefusedToo) {
  const Target into = target(Existing::refuse);
  auto part = into.begin_file(into.root(), file("a", 3));
  ASSERT_TRUE(part.ok() && *part);
  ASSERT_TRUE((*part)->write_at(0, as_bytes("new")).ok());
  std::ofstream(path + "/a") << "other";
  EXPECT_EQ((*part)->publish().error().code(), Code::already_exists);
  part->reset();
  EXPECT_THAT(names(), UnorderedElementsAre("a"));
  EXPECT_EQ(read("a"), "other");
}

TEST_F(Restoring, ZerosAreHolesAndAllElseIsWhereItWas) {
  std::string text(3 << 20, '\0');
  SeededRng chance(7);
  for (int i = 0; i < 20; ++i) text[chance.below(text.size())] = 'x';
  text += std::string(5000, '\0');                          // the end is a hole, too
  std::vector<std::pair<std::size_t, std::size_t>> pieces;  // that are no pages, in any order
  for (std::size_t at = 0; at < text.size(); at += pieces.back().second) {
    pieces.emplace_back(at, std::min<std::size_t>(1 + chance.below(300'000), text.size() - at));
  }
  std::ranges::sort(pieces, {}, [](const auto& piece) { return piece.second; });
  const Target into = target();
  auto part = into.begin_file(into.root(), file("holes", text.size()));
  ASSERT_TRUE(part.ok() && *part);
  for (const auto& [at, size] : pieces) {
    ASSERT_TRUE((*part)->write_at(at, as_bytes(std::string_view(text).substr(at, size))).ok());
  }
  ASSERT_TRUE((*part)->publish().ok());
  EXPECT_TRUE(*os::read_file(path + "/holes", 8 << 20) == text);
  struct stat about;
  ASSERT_EQ(::stat((path + "/holes").c_str(), &about), 0);
  EXPECT_LT(about.st_blocks * 512, 1 << 20);
}

TEST_F(Restoring, DirectoriesAreMadeOnceAndFinishedLast) {
  const Target into = target();
  EXPECT_TRUE((*into.directory(*into.root(), "d"))->is_new);
  EXPECT_FALSE((*into.directory(*into.root(), "d"))->is_new);
  ASSERT_TRUE(write(into, "a", "x", "d").value());
  DirEntry directory = file("d", 0);
  directory.type = EntryType::directory;
  directory.mode = 0500;
  ASSERT_TRUE(into.finish_directory(**into.directory(*into.root(), "d"), directory).ok());
  struct stat about;
  ASSERT_EQ(::stat((path + "/d").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0500U);
  EXPECT_EQ(about.st_mtim.tv_sec, 1'234'567'890);
}

TEST_F(Restoring, ResumingKeepsWhatIsAsItWasSavedAndReplacesTheRest) {
  ASSERT_TRUE(write(target(), "same", "hello").value());
  ASSERT_TRUE(write(target(), "longer", "hello!").value());
  ASSERT_TRUE(write(target(), "mode", "hello").value());
  fs::permissions(path + "/mode", fs::perms::owner_all);
  ASSERT_TRUE(os::write_file_durable(path + "/time", as_bytes("hello")).ok());
  const Target into = target(Existing::resume);
  EXPECT_FALSE(write(into, "same", "HELLO").value());
  for (const char* name : {"longer", "mode", "time", "missing"}) {
    EXPECT_TRUE(write(into, name, "HELLO").value()) << name;
    EXPECT_EQ(read(name), "HELLO") << name;
  }
  EXPECT_EQ(read("same"), "hello");
  EXPECT_TRUE(into.keeps(*into.root(), file("same", 5)));
  EXPECT_FALSE(into.keeps(*into.root(), file("nothing", 5)));
}

}  // namespace
}  // namespace salvor::snapshot
