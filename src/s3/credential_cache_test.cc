#include "s3/credential_cache.h"

#include <gmock/gmock.h>

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

namespace salvor::s3 {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

Credentials numbered(int number, std::optional<Time> end) {
  return {"KEY" + std::to_string(number), os::Secret("SECRET" + std::to_string(number)), os::Secret("TOKEN"), end};
}

class CredentialCache : public ::testing::Test {
 protected:
  std::string get() {
    Result<Credentials> result = cache.get({});
    return result.ok() ? result->access_key_id : result.error().message();
  }

  FakeClock clock{Time{} + std::chrono::hours(400'000)};
  std::atomic<int> fetches = 0;
  std::optional<Duration> life = minutes(60);
  std::optional<Error> failure;
  CachedCredentials cache{[this](std::stop_token) -> Result<Credentials> {
                            const int number = ++fetches;
                            if (failure) return failure->clone();
                            return numbered(number, life ? std::optional<Time>(clock.now() + *life) : std::nullopt);
                          },
                          [] { return std::string("the test"); }, clock};
};

TEST_F(CredentialCache, AsksOnceForWhatDoesNotEnd) {
  life.reset();
  EXPECT_EQ(get(), "KEY1");
  clock.advance(std::chrono::hours(10'000));
  EXPECT_EQ(get(), "KEY1");
}

TEST_F(CredentialCache, AsksAnewFiveMinutesBeforeTheEnd) {
  EXPECT_EQ(get(), "KEY1");
  clock.advance(minutes(55) - seconds(1));
  EXPECT_EQ(get(), "KEY1");
  clock.advance(seconds(1));
  EXPECT_EQ(get(), "KEY2");
}

TEST_F(CredentialCache, DoesNotAskAllTheTimeForWhatLivesShortly) {
  life = minutes(4);
  EXPECT_EQ(get(), "KEY1");
  clock.advance(minutes(3) - seconds(1));
  EXPECT_EQ(get(), "KEY1");
  clock.advance(seconds(1));
  EXPECT_EQ(get(), "KEY2");
}

TEST_F(CredentialCache, GoesOnWithTheOldOnesWhenAskingFails) {
  EXPECT_EQ(get(), "KEY1");
  clock.advance(minutes(57));
  failure = Error(Code::unavailable, "down");
  EXPECT_EQ(get(), "KEY1");
  EXPECT_EQ(get(), "KEY1");
  EXPECT_EQ(fetches, 2);  // not with every request
  clock.advance(seconds(30));
  EXPECT_EQ(get(), "KEY1");
  EXPECT_EQ(fetches, 3);
  clock.advance(minutes(3));
  EXPECT_EQ(get(), "down");
  failure.reset();
  EXPECT_EQ(get(), "KEY5");
}

TEST_F(CredentialCache, AsksAnewForWhatWasForgotten) {
  life.reset();
  EXPECT_EQ(get(), "KEY1");
  cache.forget();
  EXPECT_EQ(get(), "KEY2");
}

TEST_F(CredentialCache, RefusesWhatHasEndedAlready) {
  life = -seconds(1);
  const auto result = cache.get({});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::unauthenticated);
  EXPECT_EQ(result.error().message(), "the test gives credentials that have ended already");
}

TEST_F(CredentialCache, StopsOnRequest) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(cache.get(stop.get_token()).error().code(), Code::cancelled);
  EXPECT_EQ(fetches, 0);
}

// A fetch that stands still until the test lets it go on.
class HeldFetch : public ::testing::Test {
 protected:
  FakeClock clock{Time{} + std::chrono::hours(400'000)};
  std::atomic<int> fetches = 0;
  std::atomic<bool> hold = false;
  std::atomic<bool> fail = false;
  std::atomic<int> held = 0;
  CachedCredentials cache{[this](std::stop_token stop) -> Result<Credentials> {
                            const int number = ++fetches;
                            ++held;
                            held.notify_all();
                            hold.wait(true);
                            if (stop.stop_requested()) return Error(Code::cancelled, "stopped");
                            if (fail) return Error(Code::unavailable, "down");
                            return numbered(number, clock.now() + minutes(60));
                          },
                          [] { return std::string("the test"); }, clock};

  void wait_until_held(int count) {
    for (int seen = held; seen < count; seen = held) held.wait(seen);
  }
  void release() {
    hold = false;
    hold.notify_all();
  }
};

TEST_F(HeldFetch, LetsOthersGoOnWithWhatIsStillGood) {
  ASSERT_TRUE(cache.get({}).ok());
  clock.advance(minutes(56));
  hold = true;
  std::string refreshed;
  std::jthread refresher([&] { refreshed = cache.get({})->access_key_id; });
  wait_until_held(2);
  EXPECT_EQ(cache.get({})->access_key_id, "KEY1");
  release();
  refresher.join();
  EXPECT_EQ(refreshed, "KEY2");
  EXPECT_EQ(cache.get({})->access_key_id, "KEY2");
  EXPECT_EQ(fetches, 2);
}

TEST_F(HeldFetch, IsOneForManyThreads) {
  hold = true;
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 16; ++i) {
      threads.emplace_back([&] {
        if (cache.get({})->access_key_id == "KEY1") ++good;
      });
    }
    wait_until_held(1);
    release();
  }
  EXPECT_EQ(good, 16);
  EXPECT_EQ(fetches, 1);
}

TEST_F(HeldFetch, IsNotForgottenWhileItIsUnderWay) {
  hold = true;
  std::jthread fetcher([&] { EXPECT_TRUE(cache.get({}).ok()); });
  wait_until_held(1);
  cache.forget();
  release();
  fetcher.join();
  EXPECT_EQ(cache.get({})->access_key_id, "KEY1");
}

TEST_F(HeldFetch, IsTakenOverWhenTheOneWhoAskedIsStopped) {
  hold = true;
  std::stop_source stop;
  std::jthread first([&] { EXPECT_EQ(cache.get(stop.get_token()).error().code(), Code::cancelled); });
  wait_until_held(1);
  std::string second_got;
  std::jthread second([&] { second_got = cache.get({})->access_key_id; });
  stop.request_stop();
  release();
  first.join();
  second.join();
  EXPECT_EQ(second_got, "KEY2");
}

TEST_F(HeldFetch, CanBeLeftByThoseWhoWait) {
  hold = true;
  std::jthread first([&] { EXPECT_TRUE(cache.get({}).ok()); });
  wait_until_held(1);
  std::stop_source stop;
  std::jthread second([&] { EXPECT_EQ(cache.get(stop.get_token()).error().code(), Code::cancelled); });
  stop.request_stop();
  second.join();
  release();
}

TEST_F(HeldFetch, SurvivesThreadsThatGetAndForget) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 500; ++round) {
        if (round % 50 == i) cache.forget();
        if (round % 100 == i) clock.advance(minutes(7));
        fail = round % 7 == 0;
        const auto result = cache.get({});
        EXPECT_TRUE(!result.ok() || result->session_token.reveal() == "TOKEN");
      }
    });
  }
}

}  // namespace
}  // namespace salvor::s3
