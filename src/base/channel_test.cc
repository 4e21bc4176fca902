#include "base/channel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace salvor {
namespace {

TEST(Channel, KeepsTheOrder) {
  Channel<int> channel(10);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(channel.push(i, {}));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(channel.pop({}), i);
}

TEST(Channel, DrainsWhatIsLeftAfterClose) {
  Channel<std::unique_ptr<int>> channel(10);
  EXPECT_TRUE(channel.push(std::make_unique<int>(7), {}));
  channel.close();
  EXPECT_FALSE(channel.push(std::make_unique<int>(8), {}));
  EXPECT_EQ(**channel.pop({}), 7);
  EXPECT_FALSE(channel.pop({}).has_value());
}

TEST(Channel, NeverHoldsMoreThanItsCapacity) {
  constexpr std::size_t kCapacity = 100;
  Channel<std::size_t> channel(kCapacity);
  std::atomic<std::size_t> pushed = 0, popped = 0, excess = 0;
  std::jthread producer([&] {
    for (std::size_t i = 0; i < 5000; ++i) {
      const std::size_t weight = 1 + i * 7 % 60;
      channel.push(weight, {}, weight);
      pushed += weight;
      // What the consumer holds in its hand counts as popped a moment late: at most one item of 60.
      if (pushed > popped + kCapacity + 60) ++excess;
    }
    channel.close();
  });
  std::size_t sum = 0;
  while (const auto weight = channel.pop({})) {
    sum += *weight;
    popped += *weight;
  }
  producer.join();
  EXPECT_EQ(excess, 0u);
  EXPECT_EQ(sum, pushed);
}

TEST(Channel, LetsAnOversizedItemInWhenEmpty) {
  Channel<int> channel(10);
  EXPECT_TRUE(channel.push(1, {}, 1000));
  std::atomic<bool> second_is_in = false;
  std::jthread producer([&] {
    EXPECT_TRUE(channel.push(2, {}, 1000));
    second_is_in = true;
  });
  EXPECT_FALSE(second_is_in);  // it cannot be, as long as the first one is there
  EXPECT_EQ(channel.pop({}), 1);
  EXPECT_EQ(channel.pop({}), 2);
}

TEST(Channel, WakesWaitersOnStop) {
  Channel<int> full(1), empty(1);
  EXPECT_TRUE(full.push(0, {}));
  std::stop_source stop;
  std::jthread pusher([&] { EXPECT_FALSE(full.push(1, stop.get_token())); });
  std::jthread popper([&] { EXPECT_FALSE(empty.pop(stop.get_token()).has_value()); });
  stop.request_stop();
}

TEST(Channel, WakesWaitersOnClose) {
  Channel<int> full(1), empty(1);
  EXPECT_TRUE(full.push(0, {}));
  std::jthread pusher([&] { EXPECT_FALSE(full.push(1, {})); });
  std::jthread popper([&] { EXPECT_FALSE(empty.pop({}).has_value()); });
  full.close();
  empty.close();
}

// Otherwise a pipeline that is never empty would never notice the stop.
TEST(Channel, AStopWinsOverWhatIsQueued) {
  Channel<int> channel(10);
  EXPECT_TRUE(channel.push(1, {}));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(channel.pop(stop.get_token()).has_value());
  EXPECT_FALSE(channel.push(2, stop.get_token()));
  EXPECT_EQ(channel.pop({}), 1);
}

TEST(Channel, LosesNothingBetweenManyThreads) {
  Channel<int> channel(16);
  std::atomic<long> sum = 0;
  std::vector<std::jthread> consumers, producers;
  for (int t = 0; t < 4; ++t) {
    consumers.emplace_back([&] {
      while (const auto item = channel.pop({})) sum += *item;
    });
    producers.emplace_back([&] {
      for (int i = 1; i <= 2000; ++i) EXPECT_TRUE(channel.push(i, {}));
    });
  }
  producers.clear();
  channel.close();
  consumers.clear();
  EXPECT_EQ(sum, 4L * 2000 * 2001 / 2);
}

}  // namespace
}  // namespace salvor
