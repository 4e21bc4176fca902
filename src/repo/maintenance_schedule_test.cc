#include "repo/maintenance_schedule.h"

#include <gmock/gmock.h>

#include "repo/maintenance_parameters.h"
#include "repo/maintenance_safety.h"

namespace salvor::repo {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using namespace std::chrono_literals;

// As kopia 0.22.3 writes it, members in Go's order.
constexpr std::string_view kSchedule =
    R"({"nextFullMaintenance":"0001-01-01T00:00:00Z","nextQuickMaintenance":"2026-11-30T12:00:00.5Z","runs":{)"
    R"("cleanup-logs":[{"start":"2026-11-30T10:00:00Z","end":"2026-11-30T10:00:01Z","success":true,)"
    R"("extra":[{"data":{"retainedBlobCount":3},"kind":"cleanupLogsStats"}]},)"
    R"({"start":"2026-11-29T10:00:00Z","end":"2026-11-29T10:00:01Z","error":"no \"disk\""}],)"
    R"("snapshot-gc":[]}})";

constexpr std::string_view kParameters =
    R"({"owner":"user@host","quick":{"enabled":true,"interval":3600000000000},)"
    R"("full":{"enabled":true,"interval":86400000000000},)"
    R"("logRetention":{"maxTotalSize":1073741824,"maxCount":10000,"maxAge":2592000000000000},)"
    R"("extendObjectLocks":false,"listParallelism":0})";

Time hour(std::int64_t hours) { return Time(1'800'000'000s) + std::chrono::hours(hours); }

TaskRun ran(std::int64_t start, std::int64_t end, bool success = true) {
  return {.start = hour(start), .end = hour(end), .success = success};
}

RepositoryFormat new_format(Rng& rng) { return *create_format({}, os::Secret("password"), rng); }

TEST(MaintenanceSchedule, IsReadAndWrittenAsStockWritesIt) {
  const MaintenanceSchedule schedule = *parse_maintenance_schedule(kSchedule);
  EXPECT_EQ(schedule.next_full, Time::min());
  EXPECT_EQ(format_rfc3339_nano(schedule.next_quick), "2026-11-30T12:00:00.5Z");
  ASSERT_THAT(schedule.runs_of(kLogsTask), SizeIs(2));
  EXPECT_TRUE(schedule.runs_of(kLogsTask)[0].success);
  EXPECT_EQ(schedule.runs_of(kLogsTask)[1].error, "no \"disk\"");
  EXPECT_THAT(schedule.runs_of("other"), SizeIs(0));
  EXPECT_EQ(encode(schedule), kSchedule);
}

TEST(MaintenanceSchedule, OfARepositoryThatWasNeverMaintainedIsWhole) {
  const std::string text = encode(MaintenanceSchedule());
  EXPECT_EQ(*parse_maintenance_schedule(text), MaintenanceSchedule());
  EXPECT_EQ(*parse_maintenance_schedule(R"({"runs":null})"), MaintenanceSchedule());
}

TEST(MaintenanceSchedule, KeepsFiftyRunsAndWhatItDoesNotKnow) {
  MaintenanceSchedule schedule =
      *parse_maintenance_schedule(R"({"runs":{"t":[{"start":"2026-11-30T10:00:00Z","more":1}]},"later":[2]})");
  EXPECT_THAT(encode(schedule), HasSubstr(R"("more":1)"));
  EXPECT_THAT(encode(schedule), HasSubstr(R"("later":[2])"));
  for (int i = 0; i < 60; ++i) schedule.add_run("t", ran(i, i));
  EXPECT_THAT(schedule.runs_of("t"), SizeIs(50));
  EXPECT_EQ(schedule.runs_of("t")[0].start, hour(59));
}

TEST(MaintenanceSchedule, WhatIsNoneIsCorrupt) {
  for (const std::string_view text : {"", "[]", "{", R"({"runs":[]})", R"({"runs":{"a":1}})", R"({"runs":{"a":[1]}})",
                                      R"({"nextFullMaintenance":"soon"})"}) {
    const auto parsed = parse_maintenance_schedule(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code(), Code::corrupt) << text;
  }
}

TEST(MaintenanceSchedule, OpensWithItsRepositorysKeyAloneAndNotWhenItWasChanged) {
  SeededRng rng(1);
  const RepositoryFormat format = new_format(rng), other = new_format(rng);
  const MaintenanceSchedule schedule = *parse_maintenance_schedule(kSchedule);
  Bytes sealed = seal(format, schedule, rng);
  EXPECT_EQ(*open_maintenance_schedule(format, sealed), schedule);
  EXPECT_EQ(open_maintenance_schedule(other, sealed).error().code(), Code::corrupt);
  for (std::size_t size : {std::size_t{0}, std::size_t{27}, sealed.size() - 1}) {
    EXPECT_EQ(open_maintenance_schedule(format, ByteView(sealed).first(size)).error().code(), Code::corrupt);
  }
  for (std::size_t i = 0; i < sealed.size(); i += 7) {
    sealed[i] ^= std::byte{4};
    EXPECT_FALSE(open_maintenance_schedule(format, sealed).ok()) << i;
    sealed[i] ^= std::byte{4};
  }
}

TEST(MaintenanceParameters, AreReadAndWrittenAsStockWritesThem) {
  MaintenanceParameters parameters = default_maintenance_parameters();
  parameters.owner = "user@host";
  EXPECT_EQ(encode(parameters), kParameters);
  EXPECT_EQ(*parse_maintenance_parameters(kParameters), parameters);
  EXPECT_EQ(LogRetention().or_default(), parameters.log_retention);
  for (const std::string_view text : {"", "[]", R"({"owner":1})", R"({"full":[]})"}) {
    EXPECT_EQ(parse_maintenance_parameters(text).error().code(), Code::corrupt) << text;
  }
}

TEST(MaintenanceSafety, DropsWhatWasDeletedBeforeTheEarlierOfTwoCollectionsThatAreFarApart) {
  const Time now = hour(1000);
  EXPECT_EQ(safe_drop_time({}, kFullSafety, now), std::nullopt);
  EXPECT_EQ(safe_drop_time({}, kNoSafety, now), now);
  const std::vector<TaskRun> near = {ran(104, 105), ran(99, 100)};
  EXPECT_EQ(safe_drop_time(near, kFullSafety, now), std::nullopt);  // four hours are not more than four
  const std::vector<TaskRun> far = {ran(99, 100), ran(103, 103), ran(105, 106), ran(50, 51)};
  EXPECT_EQ(safe_drop_time(far, kFullSafety, now), hour(98));
  const std::vector<TaskRun> failed = {ran(105, 106), ran(99, 100, false)};
  EXPECT_EQ(safe_drop_time(failed, kFullSafety, now), std::nullopt);
}

TEST(MaintenanceSafety, MovingWaitsForRemovalAndRemovalAnHourForMoving) {
  MaintenanceSchedule schedule;
  EXPECT_TRUE(may_rewrite(schedule, kFullSafety));
  EXPECT_EQ(packs_may_go_from(schedule, kFullSafety), Time::min());
  schedule.add_run(kRewriteTask, ran(10, 11, false));  // it may have moved some
  EXPECT_FALSE(may_rewrite(schedule, kFullSafety));
  EXPECT_TRUE(may_rewrite(schedule, kNoSafety));
  EXPECT_EQ(packs_may_go_from(schedule, kFullSafety), hour(12));
  schedule.add_run(kDeleteBlobsTask, ran(13, 14, false));
  EXPECT_FALSE(may_rewrite(schedule, kFullSafety));
  schedule.add_run(kDeleteBlobsTask, ran(14, 15));
  EXPECT_TRUE(may_rewrite(schedule, kFullSafety));
}

}  // namespace
}  // namespace salvor::repo
