// What a user is told when a directory is no place for backups, or stops being one: five causes, five messages.
#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "os/faulty_filesystem.h"
#include "os/file.h"
#include "os/memory_filesystem.h"
#include "os/steady_filesystem.h"
#include "os/temporary_directory.h"
#include "store/directory.h"
#include "store/location_check.h"

namespace salvor::store {
namespace {

using std::chrono::seconds;

struct Mount {
  FakeClock clock;
  SeededRng rng{1};
  os::MemoryFileSystem disk{clock};

  std::unique_ptr<DirectoryStorage> open(os::FaultScript script = {}) {
    auto faulty = std::make_unique<os::FaultyFileSystem>(disk, std::move(script));
    return std::make_unique<DirectoryStorage>(os::make_steady(std::move(faulty)), "/mnt/nas", rng);
  }
  // What `location check` finds.
  std::string check(Storage& storage) {
    const auto report = check_location(storage, {.throughput_bytes = 0, .samples = 1}, clock, rng, {}, {});
    EXPECT_TRUE(report.ok() && report->problems.size() == 1);
    return report->problems[0].what + "\n" + report->problems[0].hint;
  }
  // What a command is told.
  std::string put_fails(Storage& storage, Code code) {
    const auto outcome = put(storage, "backups/b/b.tar.gz", Bytes(5000), Exists::replace, {});
    EXPECT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().code(), code);
    return to_string(outcome.error());
  }
};

std::string on_a_full_disk(Mount& mount) {
  mount.disk.set_capacity(100);
  const auto storage = mount.open();
  EXPECT_NE(mount.check(*storage).find("full"), std::string::npos);
  return mount.put_fails(*storage, Code::out_of_space);
}

os::FaultScript fail_changes(int error) {
  return [=](const os::FileCall& call) -> std::optional<os::FileFault> {
    const bool changes = call.name != "open" && call.name != "status" && call.name != "list" && call.name != "read";
    return changes ? std::optional(os::FileFault{error}) : std::nullopt;
  };
}

std::string on_a_read_only_disk(Mount& mount) {
  const auto storage = mount.open(fail_changes(EROFS));
  EXPECT_NE(mount.check(*storage).find("read-only"), std::string::npos);
  return mount.put_fails(*storage, Code::denied);
}

std::string on_a_forgotten_mount(Mount& mount) {
  const auto storage = mount.open(os::fail_from(1, ESTALE));
  EXPECT_NE(mount.check(*storage).find("Stale file handle"), std::string::npos);
  return mount.put_fails(*storage, Code::unavailable);
}

std::string on_a_hanging_mount(Mount& mount) {
  std::string told;
  os::SilenceWatch watch(mount.clock, seconds(30),
                         [&](const os::Silence& silence) { told = to_string(silence_error("/mnt/nas", silence)); });
  // The call takes a minute, and in its midst somebody looks.
  auto slow = std::make_unique<os::FaultyFileSystem>(mount.disk, [&](const os::FileCall& call) {
    if (call.name == "sync") {
      mount.clock.advance(seconds(60));
      watch.look();
    }
    return std::optional<os::FileFault>{};
  });
  DirectoryStorage storage(os::make_steady(os::make_watched(std::move(slow), watch)), "/mnt/nas", mount.rng);
  EXPECT_TRUE(put(storage, "key", as_bytes("x"), Exists::replace, {}).ok()) << "it goes on when the server answers";
  EXPECT_NE(told.find("has not answered for 1m00s (sync"), std::string::npos) << told;
  return told;
}

std::string on_a_file(Mount& mount) {
  const auto ground = os::TemporaryDirectory::make().value();
  EXPECT_TRUE(os::write_file_durable(ground.path() + "/nas", {}).ok());
  const auto opened = DirectoryStorage::open_path(ground.path() + "/nas", Missing::create, mount.rng);
  EXPECT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), Code::invalid);
  return to_string(opened.error());
}

TEST(DirectoryFaults, HaveFiveDistinctMessages) {
  std::set<std::string> messages, hints;
  for (const auto fault : {on_a_full_disk, on_a_read_only_disk, on_a_forgotten_mount, on_a_hanging_mount, on_a_file}) {
    Mount mount;
    const std::string said = fault(mount);
    const std::size_t line = said.find('\n');
    ASSERT_NE(line, std::string::npos) << said << ": it does not say what to do";
    EXPECT_NE(said.find("/nas"), std::string::npos) << said << ": it does not name the location";
    messages.insert(said.substr(0, line));
    hints.insert(said.substr(line));
  }
  EXPECT_EQ(messages.size(), 5u);
  EXPECT_EQ(hints.size(), 5u);
}

TEST(DirectoryFaults, AreNotMadeUpByAWatchThatSeesNone) {
  Mount mount;
  int told = 0;
  os::SilenceWatch watch(mount.clock, seconds(30), [&](const os::Silence&) { ++told; });
  const auto ground = os::TemporaryDirectory::make().value();
  const auto storage = DirectoryStorage::open_path(ground.path(), Missing::refuse, mount.rng, &watch).value();
  ASSERT_TRUE(put(*storage, "key", as_bytes("x"), Exists::replace, {}).ok());
  ASSERT_TRUE(get(*storage, "key", 10, {}).ok());
  mount.clock.advance(seconds(1000));
  watch.look();
  EXPECT_EQ(told, 0);
}

}  // namespace
}  // namespace salvor::store
