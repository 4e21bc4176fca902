// One set of promises for the real tree, resolved both ways, and its memory twin; and what is special to each.
#include "os/filesystem.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "os/faulty_filesystem.h"
#include "os/file.h"
#include "os/local_filesystem.h"
#include "os/memory_filesystem.h"
#include "os/steady_filesystem.h"
#include "os/temporary_directory.h"

namespace salvor::os {
namespace {

enum class Twin { kernel, parts, memory };

class FileSystemTest : public testing::TestWithParam<Twin> {
 protected:
  FileSystemTest() {
    if (GetParam() == Twin::memory) {
      files = std::make_unique<MemoryFileSystem>(clock);
    } else {
      auto local = LocalFileSystem::open_root(directory.path()).value();
      EXPECT_EQ(local->resolve(), LocalFileSystem::Resolve::by_kernel) << "this machine has no openat2";
      if (GetParam() == Twin::parts) local->set_resolve(LocalFileSystem::Resolve::by_parts);
      files = std::move(local);
    }
  }
  void put(const std::string& path, std::string_view text) {
    const auto file = files->create(path, 0600);
    ASSERT_EQ(file.error, 0) << path;
    ASSERT_EQ(file.value->write_at(as_bytes(text), 0).value, text.size());
  }
  std::string get(const std::string& path) {
    const auto file = files->open(path);
    if (!file) return "error " + std::to_string(file.error);
    Bytes text(100);
    const auto got = file.value->read_at(text, 0);
    return std::string(as_text(ByteView(text).first(got.value)));
  }

  FakeClock clock;
  TemporaryDirectory directory = TemporaryDirectory::make().value();
  std::unique_ptr<FileSystem> files;
};

TEST_P(FileSystemTest, FilesHoldWhatIsWritten) {
  put("f", "hello");
  EXPECT_EQ(get("f"), "hello");
  EXPECT_EQ(files->create("f", 0600).error, EEXIST);
  const auto status = files->status("f");
  EXPECT_EQ(status.value.kind, FileKind::regular);
  EXPECT_EQ(status.value.size, 5u);
  EXPECT_EQ(status.value.links, 1u);
}

TEST_P(FileSystemTest, AbsentNamesAreENOENT) {
  EXPECT_EQ(files->open("x").error, ENOENT);
  EXPECT_EQ(files->create("x/y", 0600).error, ENOENT);
  EXPECT_EQ(files->status("x").error, ENOENT);
  EXPECT_EQ(files->list("x").error, ENOENT);
  EXPECT_EQ(files->make_directory("x/y", 0700).error, ENOENT);
  EXPECT_EQ(files->rename("x", "y", Overwrite::yes).error, ENOENT);
  EXPECT_EQ(files->link("x", "y").error, ENOENT);
  EXPECT_EQ(files->remove_file("x").error, ENOENT);
  EXPECT_EQ(files->remove_directory("x").error, ENOENT);
  EXPECT_EQ(files->sync_directory("x").error, ENOENT);
}

TEST_P(FileSystemTest, FilesAndDirectoriesAreNotMixedUp) {
  put("f", "hello");
  ASSERT_EQ(files->make_directory("d", 0700).error, 0);
  EXPECT_EQ(files->open("f/x").error, ENOTDIR);
  EXPECT_EQ(files->create("f/x", 0600).error, ENOTDIR);
  EXPECT_EQ(files->status("f/x").error, ENOTDIR);
  EXPECT_EQ(files->list("f").error, ENOTDIR);
  EXPECT_EQ(files->open("d").error, EISDIR);
  EXPECT_EQ(files->remove_file("d").error, EISDIR);
  EXPECT_EQ(files->remove_directory("f").error, ENOTDIR);
  EXPECT_EQ(files->rename("f", "d", Overwrite::yes).error, EISDIR);
  EXPECT_EQ(files->make_directory("d", 0700).error, EEXIST);
  put("d/x", "x");
  EXPECT_EQ(files->remove_directory("d").error, ENOTEMPTY);
}

TEST_P(FileSystemTest, PathsCannotLeaveTheTree) {
  for (const std::string& path : {std::string(".."), std::string("../x"), std::string("d/../../x"), std::string("/etc"),
                                  std::string("a//b"), std::string("./a"), std::string("a/"), std::string("a\0b", 3)}) {
    EXPECT_EQ(files->open(path).error, EINVAL) << path;
    EXPECT_EQ(files->create(path, 0600).error, EINVAL) << path;
    EXPECT_EQ(files->status(path).error, EINVAL) << path;
    EXPECT_EQ(files->list(path).error, EINVAL) << path;
    EXPECT_EQ(files->make_directory(path, 0700).error, EINVAL) << path;
    EXPECT_EQ(files->rename(path, "x", Overwrite::yes).error, EINVAL) << path;
    EXPECT_EQ(files->remove_file(path).error, EINVAL) << path;
    EXPECT_EQ(files->sync_directory(path).error, EINVAL) << path;
  }
}

TEST_P(FileSystemTest, RenameReplacesOrRefuses) {
  put("a", "A");
  put("b", "B");
  EXPECT_EQ(files->rename("a", "b", Overwrite::no).error, EEXIST);
  EXPECT_EQ(get("b"), "B");
  EXPECT_EQ(files->rename("a", "b", Overwrite::yes).error, 0);
  EXPECT_EQ(get("b"), "A");
  EXPECT_EQ(files->rename("b", "c", Overwrite::no).error, 0);
  EXPECT_EQ(get("c"), "A");
}

TEST_P(FileSystemTest, LinksCountAndNeverReplace) {
  put("a", "A");
  put("b", "B");
  EXPECT_EQ(files->link("a", "b").error, EEXIST);
  EXPECT_EQ(files->link("a", "c").error, 0);
  EXPECT_EQ(files->status("a").value.links, 2u);
  EXPECT_TRUE(files->status("a").value.same_file(files->status("c").value));
  EXPECT_FALSE(files->status("a").value.same_file(files->status("b").value));
  EXPECT_EQ(files->remove_file("a").error, 0);
  EXPECT_EQ(files->status("c").value.links, 1u);
}

TEST_P(FileSystemTest, ListNamesWithTheirKinds) {
  put("f", "");
  ASSERT_EQ(files->make_directory("d", 0700).error, 0);
  auto listed = files->list("");
  std::ranges::sort(listed.value, {}, &DirectoryEntry::name);
  ASSERT_EQ(listed.value.size(), 2u);
  EXPECT_EQ(listed.value[0].name, "d");
  EXPECT_EQ(listed.value[0].kind, FileKind::directory);
  EXPECT_EQ(listed.value[1].kind, FileKind::regular);
}

std::string name_of(const testing::TestParamInfo<Twin>& twin) {
  switch (twin.param) {
    case Twin::kernel: return "ByKernel";
    case Twin::parts: return "ByParts";
    case Twin::memory: break;
  }
  return "InMemory";
}

INSTANTIATE_TEST_SUITE_P(All, FileSystemTest, testing::Values(Twin::kernel, Twin::parts, Twin::memory), name_of);

class LocalFileSystemTest : public testing::TestWithParam<LocalFileSystem::Resolve> {
 protected:
  TemporaryDirectory directory = TemporaryDirectory::make().value();
  TemporaryDirectory outside = TemporaryDirectory::make().value();
  std::unique_ptr<LocalFileSystem> files = LocalFileSystem::open_root(directory.path()).value();
};

TEST_P(LocalFileSystemTest, SymbolicLinksAreNotFollowed) {
  files->set_resolve(GetParam());
  ASSERT_TRUE(write_file_durable(outside.path() + "/f", as_bytes("secret")).ok());
  ASSERT_EQ(::symlink(outside.path().c_str(), (directory.path() + "/d").c_str()), 0);
  ASSERT_EQ(::symlink((outside.path() + "/f").c_str(), (directory.path() + "/f").c_str()), 0);
  EXPECT_EQ(files->open("f").error, ELOOP);
  EXPECT_EQ(files->open("d/f").error, ELOOP);
  EXPECT_EQ(files->status("d/f").error, ELOOP);
  EXPECT_EQ(files->status("f").value.kind, FileKind::symlink);
  EXPECT_EQ(files->list("d").error, ELOOP);
  EXPECT_EQ(files->create("d/new", 0600).error, ELOOP);
  EXPECT_EQ(files->make_directory("d/new", 0700).error, ELOOP);
  EXPECT_EQ(files->remove_file("d/f").error, ELOOP);
  EXPECT_EQ(files->rename("d/f", "mine", Overwrite::yes).error, ELOOP);
  EXPECT_EQ(list_names(outside.path()).value(), std::vector<std::string>{"f"});
}

TEST_P(LocalFileSystemTest, OpensNoFifos) {
  files->set_resolve(GetParam());
  ASSERT_EQ(::mkfifo((directory.path() + "/fifo").c_str(), 0600), 0);
  EXPECT_EQ(files->open("fifo").error, EINVAL);
}

TEST_P(LocalFileSystemTest, KeepsToTheDirectoryThatItOpenedUntilReopened) {
  files->set_resolve(GetParam());
  const std::string moved = outside.path() + "/moved";
  ASSERT_EQ(::rename(directory.path().c_str(), moved.c_str()), 0);
  ASSERT_EQ(::mkdir(directory.path().c_str(), 0700), 0);
  ASSERT_EQ(files->create("first", 0600).error, 0);
  EXPECT_EQ(list_names(moved).value(), std::vector<std::string>{"first"});
  ASSERT_EQ(files->reopen().error, 0);
  ASSERT_EQ(files->create("second", 0600).error, 0);
  EXPECT_EQ(list_names(directory.path()).value(), std::vector<std::string>{"second"});
}

INSTANTIATE_TEST_SUITE_P(All, LocalFileSystemTest,
                         testing::Values(LocalFileSystem::Resolve::by_kernel, LocalFileSystem::Resolve::by_parts));

TEST(MemoryFileSystem, ForgetsWhatWasNotSynced) {
  FakeClock clock;
  MemoryFileSystem disk(clock);
  const auto both = disk.create("both", 0600);
  (void)both.value->write_at(as_bytes("kept"), 0);
  (void)both.value->sync();
  (void)disk.create("data-only-no-name", 0600).value->sync();
  (void)disk.sync_directory("");
  (void)both.value->write_at(as_bytes("lost"), 4);
  (void)disk.create("late", 0600);
  (void)disk.remove_file("data-only-no-name");
  disk.crash(Survive::synced);
  EXPECT_EQ(disk.status("late").error, ENOENT);
  EXPECT_EQ(disk.status("data-only-no-name").error, 0) << "its removal was not synced";
  EXPECT_EQ(disk.status("both").value.size, 4u);
  EXPECT_EQ(both.value->status().error, EIO) << "handles do not outlive a crash";
}

TEST(MemoryFileSystem, MayKeepNamesAndLoseContent) {
  FakeClock clock;
  MemoryFileSystem disk(clock);
  (void)disk.create("f", 0600).value->write_at(as_bytes("unsynced"), 0);
  disk.crash(Survive::names);
  EXPECT_EQ(disk.status("f").value.size, 0u);
}

TEST(MemoryFileSystem, RunsOutOfSpace) {
  FakeClock clock;
  MemoryFileSystem disk(clock);
  disk.set_capacity(10);
  const auto file = disk.create("f", 0600);
  EXPECT_EQ(file.value->write_at(as_bytes("12345678"), 0).value, 8u);
  EXPECT_EQ(disk.free_space().value, 2u);
  EXPECT_EQ(file.value->write_at(as_bytes("1234"), 8).value, 2u) << "a full disk takes what still fits";
  EXPECT_EQ(file.value->write_at(as_bytes("34"), 10).error, ENOSPC);
  EXPECT_EQ(file.value->write_at(as_bytes("new"), 0).value, 3u) << "overwriting needs no space";
}

TEST(SteadyFileSystem, ReopensTheSameStaleFileButNotAnotherOne) {
  FakeClock clock;
  MemoryFileSystem disk(clock);
  (void)disk.create("f", 0600).value->write_at(as_bytes("hello"), 0);
  auto owned = std::make_unique<FaultyFileSystem>(disk);
  FaultyFileSystem& faults = *owned;
  const auto files = make_steady(std::move(owned));
  const auto file = files->open("f");
  Bytes text(5);
  faults.set_script(fail_first("read", ESTALE));
  EXPECT_EQ(file.value->read_at(text, 0).error, 0);
  EXPECT_EQ(as_text(text), "hello");
  (void)disk.create("g", 0600).value->write_at(as_bytes("other"), 0);
  (void)disk.rename("g", "f", Overwrite::yes);
  faults.set_script(fail_first("read", ESTALE));
  EXPECT_EQ(file.value->read_at(text, 0).error, ESTALE);
}

TEST(SteadyFileSystem, DoesNotRepeatWritesThatMayBeLost) {
  FakeClock clock;
  MemoryFileSystem disk(clock);
  auto owned = std::make_unique<FaultyFileSystem>(disk);
  FaultyFileSystem& faults = *owned;
  const auto files = make_steady(std::move(owned));
  const auto file = files->create("f", 0600);
  faults.set_script(fail_first("write", ESTALE));
  EXPECT_EQ(file.value->write_at(as_bytes("x"), 0).error, ESTALE);
  faults.set_script(fail_first("sync", ESTALE));
  EXPECT_EQ(file.value->sync().error, ESTALE);
  faults.set_script(fail_first("sync", EIO));
  EXPECT_EQ(file.value->sync().error, EIO);
}

}  // namespace
}  // namespace salvor::os
