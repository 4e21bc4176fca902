// `salvor location check` on directories: what is said, in which form, and how it ends.
#include "cli/location_check.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "cli/run.h"
#include "os/file.h"
#include "os/temporary_directory.h"

namespace salvor::cli {
namespace {

using testing::HasSubstr;

struct Ran {
  int status;
  std::string out, err;
};

Ran check(const std::string& location, std::vector<std::string_view> more = {}) {
  std::vector<std::string_view> words = {"location", "check", location, "--size", "1", "--samples", "2", "--quiet"};
  words.insert(words.end(), more.begin(), more.end());
  CapturedConsole console;
  const int status = run(words, {}, console, {});
  return {status, console.standard_output, console.standard_error};
}

TEST(LocationCheck, FindsADirectoryFit) {
  const auto ground = os::TemporaryDirectory::make().value();
  const Ran ran = check(ground.path());
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("25 of 25 kept"));
  EXPECT_THAT(ran.out, HasSubstr("conditional put"));
  EXPECT_THAT(ran.out, HasSubstr("Location " + ground.path() + " is fit for backups.\n"));
  EXPECT_TRUE(os::list_names(ground.path()).value().empty()) << "probes are left";
}

TEST(LocationCheck, PrintsTheWholeReportAsJson) {
  const auto ground = os::TemporaryDirectory::make().value();
  const Ran ran = check(ground.path(), {"-o", "json"});
  EXPECT_EQ(ran.status, 0);
  const auto report = nlohmann::json::parse(ran.out);
  EXPECT_EQ(report["good"], true);
  EXPECT_EQ(report["promises"].size(), 25u);
  EXPECT_EQ(report["latencies"].size(), 5u);
  EXPECT_GT(report["throughput"]["upBytesPerSecond"], 0);
  EXPECT_GT(report["freeBytes"], 0);
  EXPECT_EQ(report["capabilities"]["versioning"], "no");
}

TEST(LocationCheck, EndsWithFiveWhereNoBackupCanBeKept) {
  const auto ground = os::TemporaryDirectory::make().value();
  ASSERT_TRUE(os::write_file_durable(ground.path() + "/file", {}).ok());
  const Ran file = check(ground.path() + "/file");
  EXPECT_EQ(file.status, 5);
  EXPECT_THAT(file.out, HasSubstr("is not a directory"));
  EXPECT_THAT(file.out, HasSubstr("is not fit for backups.\n"));
  const Ran absent = check(ground.path() + "/absent", {"-o", "json"});
  EXPECT_EQ(absent.status, 5);
  EXPECT_THAT(std::string(nlohmann::json::parse(absent.out)["problems"][0]["what"]), HasSubstr("does not exist"));
  EXPECT_FALSE(os::is_directory(ground.path() + "/absent"));
}

TEST(LocationCheck, RefusesMeasurementsWithoutEnd) {
  EXPECT_EQ(check("/tmp", {"--size", "1048577"}).status, 1);
  EXPECT_EQ(check("/tmp", {"--samples", "10001"}).status, 1);
}

}  // namespace
}  // namespace salvor::cli
