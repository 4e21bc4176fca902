#include "os/publish.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "os/faulty_filesystem.h"
#include "os/memory_filesystem.h"
#include "os/steady_filesystem.h"

namespace salvor::os {
namespace {

class PublisherTest : public testing::Test {
 protected:
  // A new process on the same disk.
  std::unique_ptr<Publisher> start() { return std::make_unique<Publisher>(*files, rng); }
  PublisherTest() {
    auto owned = std::make_unique<FaultyFileSystem>(disk);
    faults = owned.get();
    files = make_steady(std::move(owned));
  }
  static Result<> publish(Publisher& publisher, const std::string& path, std::string_view text,
                          Overwrite overwrite = Overwrite::yes) {
    const auto draft = TRY(publisher.begin(path, overwrite));
    TRY(draft->write(as_bytes(text)));
    return draft->commit();
  }
  std::string read(const std::string& path) {
    const auto file = disk.open(path);
    if (!file) return "error " + std::to_string(file.error);
    Bytes text(100);
    return std::string(as_text(ByteView(text).first(file.value->read_at(text, 0).value)));
  }
  std::size_t names_in(const std::string& directory) { return disk.list(directory).value.size(); }

  FakeClock clock;
  SeededRng rng{1};
  MemoryFileSystem disk{clock};
  FaultyFileSystem* faults;
  std::unique_ptr<FileSystem> files;
};

TEST_F(PublisherTest, LeavesOnlyThePublishedFile) {
  const auto publisher = start();
  ASSERT_TRUE(publish(*publisher, "a/b/f", "hello").ok());
  EXPECT_EQ(read("a/b/f"), "hello");
  EXPECT_EQ(names_in("a/b"), 1u);
  ASSERT_TRUE(publish(*publisher, "a/b/g", "new", Overwrite::no).ok());
  EXPECT_EQ(names_in("a/b"), 2u);
}

TEST_F(PublisherTest, SurvivesACrashRightAfterCommit) {
  for (const Overwrite overwrite : {Overwrite::yes, Overwrite::no}) {
    const std::string path = overwrite == Overwrite::yes ? "a/b/yes" : "a/b/no";
    ASSERT_TRUE(publish(*start(), path, "hello", overwrite).ok());
    disk.crash(Survive::synced);
    EXPECT_EQ(read(path), "hello");
  }
}

TEST_F(PublisherTest, BelievesWhatIsThereAndNotALostAnswer) {
  const auto publisher = start();
  faults->set_script(fail_first("rename", ENOENT, FileFault::When::after));
  EXPECT_TRUE(publish(*publisher, "f", "renamed").ok());
  EXPECT_EQ(read("f"), "renamed");
  faults->set_script(fail_first("link", EEXIST, FileFault::When::after));
  EXPECT_TRUE(publish(*publisher, "g", "linked", Overwrite::no).ok());
  EXPECT_EQ(read("g"), "linked");
  EXPECT_EQ(names_in(""), 2u);
}

TEST_F(PublisherTest, ReportsAFileThatSomebodyElsePublished) {
  const auto publisher = start();
  const auto draft = publisher->begin("f", Overwrite::no).value();
  ASSERT_TRUE(publish(*start(), "f", "theirs").ok());
  EXPECT_EQ(draft->commit().error().code(), Code::already_exists);
  EXPECT_EQ(read("f"), "theirs");
}

TEST_F(PublisherTest, RefusesAlsoWithoutHardLinks) {
  disk.forbid_links();
  const auto publisher = start();
  EXPECT_TRUE(publish(*publisher, "f", "mine", Overwrite::no).ok());
  EXPECT_EQ(publish(*publisher, "f", "again", Overwrite::no).error().code(), Code::already_exists);
  EXPECT_EQ(read("f"), "mine");
  EXPECT_EQ(names_in(""), 1u);
  faults->set_script(fail_first("rename", EINVAL));
  const auto hopeless = publish(*publisher, "g", "x", Overwrite::no);
  EXPECT_EQ(hopeless.error().code(), Code::unsupported);
  EXPECT_FALSE(hopeless.error().hint().empty());
}

TEST_F(PublisherTest, DoesNotPublishWhatCouldNotBeSynced) {
  ASSERT_TRUE(publish(*start(), "f", "old").ok());
  faults->set_script(fail_first("sync", EIO));
  const auto outcome = publish(*start(), "f", "new");
  EXPECT_EQ(outcome.error().code(), Code::unavailable);
  EXPECT_EQ(read("f"), "old");
  EXPECT_EQ(names_in(""), 1u);
}

TEST_F(PublisherTest, CleansUpAndSaysSoWhenTheDiskIsFull) {
  disk.set_capacity(10);
  const auto outcome = publish(*start(), "d/f", "more than ten bytes");
  EXPECT_EQ(outcome.error().code(), Code::out_of_space);
  EXPECT_NE(outcome.error().message().find("d/f"), std::string::npos);
  EXPECT_FALSE(outcome.error().hint().empty());
  EXPECT_EQ(names_in(""), 0u);
}

TEST_F(PublisherTest, SweepsWhatACrashedWriterLeftADayAgo) {
  const auto crashed = start();
  const auto left = crashed->begin("d/f", Overwrite::yes).value();  // never dropped before the sweep: still there
  ASSERT_TRUE(publish(*start(), "d/f", "x").ok());
  EXPECT_EQ(names_in("d"), 2u) << "a day has not passed";
  clock.advance(std::chrono::hours(24));
  ASSERT_TRUE(publish(*start(), "d/f", "x").ok());
  EXPECT_EQ(names_in("d"), 2u) << "exactly a day is not more than a day";
  clock.advance(std::chrono::seconds(1));
  ASSERT_TRUE(publish(*start(), "d/f", "x").ok());
  EXPECT_EQ(names_in("d"), 1u);
}

TEST_F(PublisherTest, SweepsOncePerDirectoryAndProbesOnlyForLeftoversOfOthers) {
  int lists = 0, creates = 0;
  faults->set_script([&](const FileCall& call) -> std::optional<FileFault> {
    lists += call.name == "list";
    creates += call.name == "create" && call.path.starts_with("d/");
    return std::nullopt;
  });
  const auto publisher = start();
  ASSERT_TRUE(disk.make_directory("d", 0700));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(publish(*publisher, "d/f", "x").ok());
  EXPECT_EQ(lists, 1);
  EXPECT_EQ(creates, 3) << "its own draft is no leftover";
}

TEST_F(PublisherTest, KeepsWhatIsStillBeingWritten) {
  const auto slow = start();
  const auto draft = slow->begin("f", Overwrite::yes).value();
  clock.advance(std::chrono::hours(100));
  ASSERT_TRUE(draft->write(as_bytes("still here")).ok());
  ASSERT_TRUE(publish(*start(), "g", "x").ok());
  EXPECT_TRUE(draft->commit().ok());
  EXPECT_EQ(read("f"), "still here");
}

TEST_F(PublisherTest, RemovesDirectoriesThatOnlyHoldLeftovers) {
  const auto crashed = start();
  const auto left = crashed->begin("a/b/f", Overwrite::yes).value();
  ASSERT_TRUE(publish(*crashed, "a/b/g", "x").ok());
  clock.advance(std::chrono::hours(25));
  ASSERT_TRUE(start()->remove("a/b/g").ok());
  EXPECT_EQ(names_in(""), 0u);
}

TEST_F(PublisherTest, RemovalsSurviveACrash) {
  ASSERT_TRUE(publish(*start(), "a/f", "x").ok());
  ASSERT_TRUE(publish(*start(), "a/g", "x").ok());
  ASSERT_TRUE(start()->remove("a/f").ok());
  disk.crash(Survive::synced);
  EXPECT_EQ(read("a/f"), "error " + std::to_string(ENOENT));
  EXPECT_EQ(read("a/g"), "x");
}

TEST_F(PublisherTest, ARepeatedRemovalMakesTheFirstOneDurable) {
  ASSERT_TRUE(publish(*start(), "a/f", "x").ok());
  ASSERT_TRUE(publish(*start(), "a/g", "x").ok());
  faults->set_script(fail_first("sync_directory", EIO));
  EXPECT_FALSE(start()->remove("a/f").ok());
  EXPECT_TRUE(start()->remove("a/f").ok());
  disk.crash(Survive::synced);
  EXPECT_EQ(read("a/f"), "error " + std::to_string(ENOENT));
}

TEST_F(PublisherTest, SyncsTheWayUpOnceAsLongAsTheDirectoryStands) {
  std::vector<std::string> synced;
  faults->set_script([&](const FileCall& call) -> std::optional<FileFault> {
    if (call.name == "sync_directory") synced.emplace_back(call.path);
    return std::nullopt;
  });
  const auto publisher = start();
  using Paths = std::vector<std::string>;
  ASSERT_TRUE(publish(*publisher, "a/b/f", "x").ok());
  EXPECT_EQ(std::exchange(synced, {}), (Paths{"a/b", "a", ""}));
  ASSERT_TRUE(publish(*publisher, "a/b/g", "x").ok());
  ASSERT_TRUE(publish(*publisher, "a/b/h", "x", Overwrite::no).ok());
  ASSERT_TRUE(publisher->remove("a/b/h").ok());
  EXPECT_EQ(std::exchange(synced, {}), (Paths{"a/b", "a/b", "a/b"}));
  ASSERT_TRUE(publish(*start(), "a/b/g", "x").ok());
  EXPECT_EQ(std::exchange(synced, {}), (Paths{"a/b", "a", ""})) << "another process cannot know";
}

TEST_F(PublisherTest, MakesADirectoryDurableThatTookTheNameOfAnother) {
  for (const bool by_itself : {true, false}) {
    const auto publisher = start(), other = start();
    ASSERT_TRUE(publish(*publisher, "a/b/f", "x").ok());
    ASSERT_TRUE((by_itself ? publisher : other)->remove("a/b/f").ok());
    ASSERT_EQ(names_in(""), 0u);
    ASSERT_TRUE(publish(*publisher, "a/b/g", "hello").ok());
    disk.crash(Survive::synced);
    EXPECT_EQ(read("a/b/g"), "hello");
    ASSERT_TRUE(start()->remove("a/b/g").ok());
  }
}

TEST_F(PublisherTest, SyncsTheWayUpAgainWhenThatFailed) {
  const auto publisher = start();
  faults->set_script([](const FileCall& call) -> std::optional<FileFault> {
    return call.name == "sync_directory" && call.path == "a" ? std::optional(FileFault{EIO}) : std::nullopt;
  });
  EXPECT_FALSE(publish(*publisher, "a/b/f", "x").ok());
  faults->set_script({});
  ASSERT_TRUE(publish(*publisher, "a/b/g", "hello").ok());
  disk.crash(Survive::synced);
  EXPECT_EQ(read("a/b/g"), "hello");
}

TEST(ScratchNames, AreOursAndThoseOfNfs) {
  for (const char* name : {".salvor-tmp-", ".salvor-tmp-1f-0", ".nfs00000000000a1b2c00000001"}) {
    EXPECT_TRUE(is_scratch_name(name)) << name;
  }
  for (const char* name : {"", "a", ".salvor", "salvor-tmp-x", ".nfs", ".nfs-exports", ".nfs12ab", ".hidden"}) {
    EXPECT_FALSE(is_scratch_name(name)) << name;
  }
}

}  // namespace
}  // namespace salvor::os
