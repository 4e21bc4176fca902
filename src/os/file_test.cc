#include "os/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <thread>

#include "os/environment.h"
#include "os/local_filesystem.h"
#include "os/spool_file.h"
#include "os/temporary_directory.h"

namespace salvor::os {
namespace {

class FileTest : public testing::Test {
 protected:
  TemporaryDirectory directory = TemporaryDirectory::make().value();
  std::string path(const std::string& name) { return directory.path() + "/" + name; }
};

unsigned mode_of(const std::string& path) {
  struct stat found;
  return ::lstat(path.c_str(), &found) == 0 ? found.st_mode & 0777 : 0;
}

TEST_F(FileTest, IsMadeOnceAndThenStaysAsItIs) {
  ASSERT_TRUE(create_file_durable(path("f"), as_bytes("first")).ok());
  EXPECT_EQ(create_file_durable(path("f"), as_bytes("second")).error().code(), Code::already_exists);
  EXPECT_EQ(read_file(path("f"), 6).value(), "first");
  EXPECT_EQ(mode_of(path("f")), 0600u);
  EXPECT_EQ(list_names(directory.path()).value(), std::vector<std::string>{"f"});
}

TEST_F(FileTest, IsReadAsItWasWritten) {
  ASSERT_TRUE(write_file_durable(path("f"), as_bytes("first")).ok());
  ASSERT_TRUE(write_file_durable(path("f"), as_bytes("second")).ok());
  EXPECT_EQ(read_file(path("f"), 6).value(), "second");
  EXPECT_EQ(mode_of(path("f")), 0600u);
  EXPECT_EQ(list_names(directory.path()).value(), std::vector<std::string>{"f"});
}

TEST_F(FileTest, IsNotReadBeyondTheLimit) {
  ASSERT_TRUE(write_file_durable(path("f"), as_bytes("123456")).ok());
  EXPECT_EQ(read_file(path("f"), 5).error().code(), Code::invalid);
}

TEST_F(FileTest, IsNotADirectoryADeviceOrAFifo) {
  EXPECT_EQ(read_file(directory.path(), 10).error().code(), Code::invalid);
  EXPECT_EQ(read_file("/dev/zero", 10).error().code(), Code::invalid);
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  EXPECT_EQ(read_file(path("fifo"), 10).error().code(), Code::invalid);
  EXPECT_EQ(read_file(path("absent"), 10).error().code(), Code::not_found);
}

TEST_F(FileTest, NamesAreSorted) {
  for (const char* name : {"b", "a", "Z", "a-"}) ASSERT_TRUE(write_file_durable(path(name), {}).ok());
  EXPECT_EQ(list_names(directory.path()).value(), (std::vector<std::string>{"Z", "a", "a-", "b"}));
}

TEST_F(FileTest, DirectoriesAreMadeWithTheirParents) {
  EXPECT_TRUE(make_directories(path("a/b/c")).ok());
  EXPECT_TRUE(make_directories(path("a/b/c/")).ok());
  EXPECT_EQ(mode_of(path("a/b")), 0700u);
  ASSERT_TRUE(write_file_durable(path("f"), {}).ok());
  EXPECT_EQ(make_directories(path("f")).error().code(), Code::already_exists);
  EXPECT_FALSE(make_directories(path("f/g")).ok());
}

TEST_F(FileTest, TreesAreRemovedWithoutFollowingLinks) {
  ASSERT_TRUE(make_directories(path("tree/x/y")).ok());
  ASSERT_TRUE(write_file_durable(path("tree/x/y/f"), {}).ok());
  ASSERT_TRUE(write_file_durable(path("outside"), as_bytes("kept")).ok());
  ASSERT_EQ(::symlink(directory.path().c_str(), path("tree/x/link").c_str()), 0);
  EXPECT_TRUE(remove_tree(path("tree")).ok());
  EXPECT_FALSE(is_directory(path("tree")));
  EXPECT_EQ(read_file(path("outside"), 10).value(), "kept");
  EXPECT_TRUE(remove_tree(path("tree")).ok());
  EXPECT_TRUE(remove_tree(path("tree/x/y")).ok());
}

TEST_F(FileTest, TemporaryDirectoriesGoWithTheirOwner) {
  std::string where;
  {
    const auto temporary = TemporaryDirectory::make(directory.path()).value();
    where = temporary.path();
    EXPECT_EQ(mode_of(where), 0700u);
    ASSERT_TRUE(write_file_durable(where + "/f", {}).ok());
  }
  EXPECT_FALSE(is_directory(where));
}

TEST_F(FileTest, SpoolFilesHaveNoName) {
  SpoolFile spool = SpoolFile::create(directory.path()).value();
  EXPECT_EQ(spool.append(as_bytes("hello ")).value(), 0u);
  EXPECT_EQ(spool.append(as_bytes("world")).value(), 6u);
  Bytes text(5);
  ASSERT_TRUE(spool.read_at(text, 6).ok());
  EXPECT_EQ(as_text(text), "world");
  EXPECT_EQ(spool.size(), 11u);
  EXPECT_EQ(spool.read_at(text, 7).error().code(), Code::corrupt);
  EXPECT_TRUE(list_names(directory.path()).value().empty());
  EXPECT_FALSE(SpoolFile::create(path("absent")).ok());
}

TEST_F(FileTest, FreeSpaceIsKnown) {
  EXPECT_GT(free_space(directory.path()).value(), 0u);
  EXPECT_FALSE(free_space(path("absent/absent")).ok());
}

// A pipe that blocks both sides, and a signal without SA_RESTART every half millisecond.
TEST_F(FileTest, ReadsAndWritesSurviveAStormOfSignals) {
  struct sigaction quiet{};
  quiet.sa_handler = [](int) {};
  ::sigaction(SIGALRM, &quiet, nullptr);
  const itimerval often{{0, 500}, {0, 500}};
  ::setitimer(ITIMER_REAL, &often, nullptr);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const Fd reader(ends[0]);
  Fd writer(ends[1]);
  const std::string sent(8 << 20, 's');
  std::thread sender([&] {
    EXPECT_TRUE(write_all(writer, as_bytes(sent), "pipe").ok());
    writer.reset();
  });
  const auto received = read_all(reader, sent.size(), "pipe");
  sender.join();
  const itimerval never{};
  ::setitimer(ITIMER_REAL, &never, nullptr);
  ASSERT_TRUE(received.ok()) << to_string(received.error());
  EXPECT_TRUE(*received == sent);
}

TEST(Environment, CanBeReplaced) {
  const Environment given = environment_of({{"HOME", "/nowhere"}, {"EMPTY", ""}});
  EXPECT_EQ(given("HOME"), "/nowhere");
  EXPECT_EQ(given("EMPTY"), "");
  EXPECT_EQ(given("PATH"), std::nullopt);
  EXPECT_NE(process_environment()("PATH"), std::nullopt);
}

}  // namespace
}  // namespace salvor::os
