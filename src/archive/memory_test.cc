// The Writer's promise on memory: what a million objects need is what a thousand need. Measured in a child process,
// whose peak is its own.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "archive/archive_testing.h"
#include "base/sanitized_testing.h"

namespace salvor::archive {
namespace {

constexpr long kMaxKiB = 40 << 10;

class Counting final : public store::WriteStream {
 public:
  explicit Counting(std::uint64_t& bytes) : bytes_(bytes) {}
  Result<> write(ByteView bytes) override {
    bytes_ += bytes.size();
    return {};
  }
  Result<> commit() override { return {}; }

 private:
  std::uint64_t& bytes_;
};

long peak_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
  }
  return -1;
}

// 0 when all is well; else a line that tells where it went wrong.
int write_objects(int objects, int lanes) {
  std::uint64_t archive_bytes = 0, index_bytes = 0;
  auto writer = Writer::create(std::make_unique<Counting>(archive_bytes), "/tmp", {});
  if (!writer.ok()) return __LINE__;
  {
    std::vector<std::jthread> threads;
    for (int lane = 0; lane < lanes; ++lane) {
      threads.emplace_back([&, lane] {
        const Section section = make_section("secrets", "v1", "Secret", true);
        SeededRng rng(static_cast<std::uint64_t>(lane));
        const auto out = (*writer)->lane();
        TestObject object = make_object(section, "team", "x", 300, rng);
        for (int i = lane; i < objects; i += lanes) {
          object.text[60] = static_cast<char>('a' + i % 26);
          if (!out->add(section, "team-" + std::to_string(i % 97), "s" + std::to_string(i), object.text).ok())
            _exit(99);
        }
      });
    }
  }
  auto totals = (*writer)->finish();
  if (!(*writer)->write_index(std::make_unique<Counting>(index_bytes), {}, {}).ok()) return __LINE__;
  if (!totals.ok() || totals->objects != static_cast<std::uint64_t>(objects)) return __LINE__;
  if (totals->archive_bytes != archive_bytes || index_bytes == 0) return __LINE__;
  return 0;
}

constexpr const char* kReport = "SALVOR_MEMORY_REPORT";

// The child of the test below: a process of its own, because a forked one would begin with its parent's memory.
TEST(WriterMemory, DISABLED_Child) {
  const char* report = std::getenv(kReport);
  ASSERT_NE(report, nullptr);
  ASSERT_EQ(write_objects(kIsSanitized ? 20'000 : 1'000'000, 4), 0);
  std::ofstream(report) << peak_kib();
}

TEST(WriterMemory, StaysBelowFortyMebibytesForAMillionObjects) {
  std::string report = std::filesystem::temp_directory_path() / "salvor-memory-XXXXXX";
  const int file = mkstemp(report.data());
  ASSERT_GE(file, 0);
  close(file);
  const std::string program = std::filesystem::read_symlink("/proc/self/exe");
  const std::string command = std::string(kReport) + "='" + report + "' '" + program +
                              "' --gtest_also_run_disabled_tests --gtest_filter=WriterMemory.DISABLED_Child >/dev/null";
  EXPECT_EQ(std::system(command.c_str()), 0);
  long peak = -1;
  std::ifstream(report) >> peak;
  std::filesystem::remove(report);
  RecordProperty("peak_kib", std::to_string(peak));
  EXPECT_GT(peak, 0);
  if (kIsSanitized) return;  // then it is the sanitizer's
  EXPECT_LE(peak, kMaxKiB);
}

}  // namespace
}  // namespace salvor::archive
