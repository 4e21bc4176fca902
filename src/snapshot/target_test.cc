#include "snapshot/target.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

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
    const OpenDirectory directory = TRY(into.directory(in));
    return into.write_file(directory, file(name, text.size()), [&](const auto& sink) { return sink(as_bytes(text)); });
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
    EXPECT_EQ(into.make_directory(*into.directory(""), name).error().code(), Code::corrupt) << name;
    DirEntry link = file(name, 1);
    link.type = EntryType::symlink;
    EXPECT_EQ(into.write_symlink(*into.directory(""), link, "to").error().code(), Code::corrupt) << name;
  }
  EXPECT_THAT(names(), IsEmpty());
}

// A snapshot may hold a link and, under the same name, a directory with files.
TEST_F(Restoring, ALinkInTheWayIsNeverFollowed) {
  ASSERT_TRUE(os::make_directories(outside).ok());
  const Target into = target(Existing::overwrite);
  fs::create_directory_symlink(outside, path + "/d");
  EXPECT_EQ(into.make_directory(*into.directory(""), "d").error().code(), Code::already_exists);
  EXPECT_FALSE(into.directory("d").ok());
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

TEST_F(Restoring, AFileThatCannotBeReadWholeLeavesNothing) {
  const Target into = target(Existing::overwrite);
  ASSERT_TRUE(write(into, "a", "before").value());
  const auto directory = into.directory("");
  const auto cut = into.write_file(*directory, file("a", 10), [](const auto& sink) { return sink(as_bytes("12345")); });
  EXPECT_EQ(cut.error().code(), Code::corrupt);
  const auto failed = into.write_file(*directory, file("b", 10), [](const auto& sink) -> Result<> {
    TRY(sink(as_bytes("12345")));
    return Error(Code::unavailable, "gone");
  });
  EXPECT_EQ(failed.error().code(), Code::unavailable);
  EXPECT_THAT(names(), UnorderedElementsAre("a"));
  EXPECT_EQ(read("a"), "before");
}

TEST_F(Restoring, ZerosAreHolesAndAllElseIsWhereItWas) {
  std::string text(3 << 20, '\0');
  SeededRng chance(7);
  for (int i = 0; i < 20; ++i) text[chance.below(text.size())] = 'x';
  text += std::string(5000, '\0');  // the end is a hole, too
  const Target into = target();
  const auto directory = into.directory("");
  ASSERT_TRUE(into.write_file(*directory, file("holes", text.size()),
                              [&](const auto& sink) -> Result<> {
                                for (std::size_t at = 0; at < text.size();) {  // in pieces that are no pages
                                  const std::size_t size =
                                      std::min<std::size_t>(1 + chance.below(300'000), text.size() - at);
                                  TRY(sink(as_bytes(std::string_view(text).substr(at, size))));
                                  at += size;
                                }
                                return {};
                              })
                  .value());
  EXPECT_TRUE(*os::read_file(path + "/holes", 8 << 20) == text);
  struct stat about;
  ASSERT_EQ(::stat((path + "/holes").c_str(), &about), 0);
  EXPECT_LT(about.st_blocks * 512, 1 << 20);
}

TEST_F(Restoring, DirectoriesAreMadeOnceAndFinishedLast) {
  const Target into = target();
  ASSERT_TRUE(into.make_directory(*into.directory(""), "d").ok());
  ASSERT_TRUE(into.make_directory(*into.directory(""), "d").ok());
  ASSERT_TRUE(write(into, "a", "x", "d").value());
  DirEntry directory = file("d", 0);
  directory.type = EntryType::directory;
  directory.mode = 0500;
  ASSERT_TRUE(into.finish_directory(*into.directory("d"), directory).ok());
  struct stat about;
  ASSERT_EQ(::stat((path + "/d").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0500U);
  EXPECT_EQ(about.st_mtim.tv_sec, 1'234'567'890);
}

}  // namespace
}  // namespace salvor::snapshot
