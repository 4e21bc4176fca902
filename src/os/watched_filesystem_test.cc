#include "os/watched_filesystem.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <latch>
#include <thread>

#include "os/faulty_filesystem.h"
#include "os/memory_filesystem.h"

namespace salvor::os {
namespace {

using std::chrono::seconds;

// A tree whose every call waits, once it hangs, until it is let go.
struct HangingMount {
  FakeClock clock;
  MemoryFileSystem disk{clock};
  std::vector<Silence> silences;
  SilenceWatch watch{clock, seconds(30), [this](const Silence& silence) { silences.push_back(silence); }};
  std::latch hangs{1}, released{1};
  std::unique_ptr<FileSystem> files =
      make_watched(std::make_unique<FaultyFileSystem>(disk,
                                                      [this](const FileCall& call) -> std::optional<FileFault> {
                                                        if (call.name == "sync") {
                                                          hangs.count_down();
                                                          released.wait();
                                                        }
                                                        return std::nullopt;
                                                      }),
                   watch);
};

TEST(SilenceWatch, ReportsACallThatHangsAndAgainWhenItsAgeHasDoubled) {
  HangingMount mount;
  auto file = mount.files->create("key", 0600);
  ASSERT_TRUE(file);
  std::jthread writer([&] { EXPECT_TRUE(file.value->sync()); });
  mount.hangs.wait();
  const auto reported_at = [&](int second) {
    mount.clock.advance(seconds(second) - mount.clock.monotonic());
    mount.silences.clear();
    mount.watch.look();
    return !mount.silences.empty();
  };
  EXPECT_FALSE(reported_at(29));
  ASSERT_TRUE(reported_at(31));
  EXPECT_EQ(mount.silences[0].call, "sync");
  EXPECT_EQ(mount.silences[0].path, "key");
  EXPECT_EQ(mount.silences[0].lasting, seconds(31));
  EXPECT_FALSE(reported_at(61));
  EXPECT_TRUE(reported_at(62));
  EXPECT_FALSE(reported_at(123));
  EXPECT_TRUE(reported_at(124));
  mount.released.count_down();
  writer.join();
  EXPECT_FALSE(reported_at(10'000)) << "a call that came back is no silence";
}

TEST(SilenceWatch, SaysOnceThatSeveralCallsHang) {
  FakeClock clock;
  std::vector<std::string> paths;
  SilenceWatch watch(clock, seconds(30), [&](const Silence& silence) { paths.push_back(silence.path); });
  const SilenceWatch::Call first(watch, "read", "first");
  const SilenceWatch::Call second(watch, "read", "second");
  clock.advance(seconds(40));
  watch.look();
  EXPECT_EQ(paths, std::vector<std::string>{"first"});
}

}  // namespace
}  // namespace salvor::os
