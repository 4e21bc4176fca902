#include "store/throttled.h"

#include <gtest/gtest.h>

#include "base/task_group.h"
#include "store/memory.h"

namespace salvor::store {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

double seconds_of(Duration duration) { return std::chrono::duration<double>(duration).count(); }

struct Bench {
  FakeClock clock;
  MemoryStorage memory{clock};
  Throttle throttle{clock};
  ThrottledStorage storage{std::make_unique<MemoryStorage>(clock), throttle};

  double time(const std::function<Result<>()>& work) {
    const Duration before = clock.monotonic();
    const auto outcome = work();
    EXPECT_TRUE(outcome.ok()) << to_string(outcome.error());
    return seconds_of(clock.monotonic() - before);
  }
  double time_put(std::uint64_t size) {
    return time([&] { return put(storage, "key", Bytes(size), Exists::replace, {}); });
  }
  double time_get(std::uint64_t size) {
    return time([&]() -> Result<> {
      TRY(get(storage, "key", size, {}));
      return {};
    });
  }
};

TEST(ThrottledStorage, HoldsTheAverageOfEachDirection) {
  Bench bench;
  bench.throttle.set({.up = 2 * kMiB, .down = 5 * kMiB});
  // One second's worth is there at the beginning, and the last piece is not waited for.
  EXPECT_NEAR(bench.time_put(20 * kMiB), 9.0, 0.1);
  EXPECT_NEAR(bench.time_get(20 * kMiB), 3.0, 0.1);
  EXPECT_NEAR(bench.time_get(20 * kMiB), 4.0, 0.1);
}

TEST(ThrottledStorage, HoldsTheRequestsPerSecond) {
  Bench bench;
  bench.throttle.set({.requests = 10});
  EXPECT_NEAR(bench.time([&]() -> Result<> {
    for (int i = 0; i < 100; ++i) TRY(bench.storage.remove("absent", {}));
    return {};
  }),
              9.0, 0.2);
}

TEST(ThrottledStorage, WaitsForNothingWithoutLimits) {
  Bench bench;
  EXPECT_EQ(bench.time_put(20 * kMiB), 0);
  EXPECT_EQ(bench.time_get(20 * kMiB), 0);
}

TEST(ThrottledStorage, SharesALimitBetweenItsThreads) {
  Bench bench;
  bench.throttle.set({.up = kMiB});
  const double took = bench.time([&] {
    TaskGroup threads;
    for (int i = 0; i < 4; ++i) {
      threads.start([&, key = std::to_string(i)](std::stop_token stop) {
        return put(bench.storage, key, Bytes(2 * kMiB), Exists::replace, stop);
      });
    }
    return threads.join();
  });
  EXPECT_GE(took, 6.9);  // each waiting thread moves the clock, so there is no upper bound
}

TEST(Throttle, LetsSavedUpBytesGoAtOnceButNoMoreThanASecondsWorth) {
  FakeClock clock;
  Throttle throttle(clock, {.up = 1000});
  ASSERT_TRUE(throttle.take_up(1000, {}).ok());
  clock.advance(hours(10));
  ASSERT_TRUE(throttle.take_up(1000, {}).ok());
  const Duration before = clock.monotonic();
  ASSERT_TRUE(throttle.take_up(1000, {}).ok());
  ASSERT_TRUE(throttle.take_up(1, {}).ok());
  EXPECT_NEAR(seconds_of(clock.monotonic() - before), 1.0, 0.001);
}

// Moves on by what is waited, and does something at a chosen moment.
class EventfulClock final : public Clock {
 public:
  Time now() override { return inner_.now(); }
  Duration monotonic() override { return inner_.monotonic(); }
  bool wait(Duration duration, std::stop_token stop) override {
    const bool went_on = inner_.wait(duration, stop);
    if (event && inner_.monotonic() >= at) std::exchange(event, {})();
    return went_on && !stop.stop_requested();
  }
  Duration at{};
  std::function<void()> event;

 private:
  FakeClock inner_;
};

TEST(Throttle, ChangesWhileSomebodyWaits) {
  EventfulClock clock;
  Throttle throttle(clock, {.up = 1});
  ASSERT_TRUE(throttle.take_up(1'000'000, {}).ok());  // a debt of eleven days
  clock.at = seconds(5);
  clock.event = [&] { throttle.set({.up = 1'000'000}); };
  ASSERT_TRUE(throttle.take_up(1, {}).ok());
  EXPECT_LE(clock.monotonic(), seconds(8));
  ASSERT_TRUE(throttle.take_up(1'000'000'000, {}).ok());
  clock.at = clock.monotonic() + seconds(5);
  clock.event = [&] { throttle.set({}); };
  ASSERT_TRUE(throttle.take_up(1'000'000'000, {}).ok());
  EXPECT_LE(clock.monotonic(), seconds(15));
}

TEST(Throttle, EndsItsWaitWhenStopped) {
  EventfulClock clock;
  std::stop_source source;
  Throttle throttle(clock, {.requests = 1});
  clock.event = [&] { source.request_stop(); };
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(throttle.take_request(source.get_token()).ok());
  EXPECT_EQ(throttle.take_request(source.get_token()).error().code(), Code::cancelled);
}

TEST(Throttle, FollowsTheTimeOfDay) {
  FakeClock clock(parse_rfc3339("2026-11-23T00:00:00Z").value());
  Throttle throttle(clock);
  const Limits day{.up = 10}, evening{.down = 20};
  ASSERT_TRUE(throttle.set_schedule({{hours(8), day}, {hours(20) + minutes(30), evening}}).ok());
  for (int date = 0; date < 2; ++date) {
    EXPECT_EQ(throttle.now(), evening) << "before the first period yesterday's last one holds";
    clock.advance(hours(8));
    EXPECT_EQ(throttle.now(), day);
    clock.advance(hours(12) + minutes(30) - Duration(1));
    EXPECT_EQ(throttle.now(), day);
    clock.advance(Duration(1));
    EXPECT_EQ(throttle.now(), evening);
    clock.advance(hours(3) + minutes(30));
  }
  const auto east = [](Time) { return minutes(9 * 60); };
  ASSERT_TRUE(throttle.set_schedule({{hours(8), day}, {hours(20), evening}}, east).ok());
  EXPECT_EQ(throttle.now(), day);
  throttle.set(evening);
  EXPECT_EQ(throttle.now(), evening);
}

TEST(Throttle, RefusesASchedulesThatMeansNothing) {
  FakeClock clock;
  Throttle throttle(clock);
  for (const std::vector<Throttle::Period>& wrong : {std::vector<Throttle::Period>{},
                                                     {{hours(24), {}}},
                                                     {{minutes(-1), {}}},
                                                     {{hours(2), {}}, {hours(2), {}}},
                                                     {{hours(3), {}}, {hours(2), {}}}}) {
    EXPECT_EQ(throttle.set_schedule(wrong).error().code(), Code::invalid);
  }
}

TEST(Throttle, TakesZeroForOneInsteadOfForNever) {
  FakeClock clock;
  Throttle throttle(clock, {.requests = 0});
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(throttle.take_request({}).ok());
  EXPECT_LE(clock.monotonic(), seconds(4));
}

}  // namespace
}  // namespace salvor::store
