#include "store/location_check.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/sanitized_testing.h"
#include "os/temporary_directory.h"
#include "store/contract.h"
#include "store/directory.h"
#include "store/faulty.h"
#include "store/forwarding.h"
#include "store/memory.h"
#include "store/stopped.h"

namespace salvor::store {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

struct Place {
  FakeClock clock;
  SeededRng rng{20261123};
  MemoryStorage memory{clock, "somewhere"};
  FaultyStorage storage{memory, &clock};

  LocationReport check(CheckOptions options = {.throughput_bytes = 3 * kMiB + 17}) {
    auto report = check_location(storage, options, clock, rng, {}, {});
    EXPECT_TRUE(report.ok());
    return std::move(*report);
  }
  std::string left() {
    std::string keys;
    (void)memory.list("", [&](const Entry& entry) { return (keys += entry.key + " ", Result<>{}); }, {}).ok();
    return keys;
  }
};

std::string said(const std::vector<Finding>& findings) {
  std::string all;
  for (const Finding& finding : findings) all += finding.what + "\n";
  return all;
}

TEST(CheckLocation, FindsNothingWrongWithAGoodPlace) {
  Place place;
  const LocationReport report = place.check();
  EXPECT_TRUE(report.is_good()) << said(report.problems);
  EXPECT_EQ(said(report.warnings), "");
  EXPECT_EQ(report.location, "somewhere");
  EXPECT_EQ(report.promises.size(), contract_checks().size());
  EXPECT_EQ(report.latencies.size(), 5u);
  EXPECT_EQ(report.throughput->bytes, 3 * kMiB + 17);
  EXPECT_EQ(report.capabilities.conditional_put, Offered::yes);
  EXPECT_EQ(report.clock_skew, Duration(0));
  EXPECT_EQ(place.left(), "");
}

TEST(CheckLocation, FindsNothingWrongWithADirectory) {
  const auto ground = os::TemporaryDirectory::make().value();
  SystemClock clock;
  SystemRng rng;
  const auto storage = DirectoryStorage::open_path(ground.path(), Missing::refuse, rng).value();
  const auto report = check_location(*storage, {.throughput_bytes = 2 * kMiB, .samples = 3}, clock, rng, {}, {});
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->is_good()) << said(report->problems);
  EXPECT_TRUE(report->free_space.has_value());
  EXPECT_TRUE(report->clock_skew.has_value());
  EXPECT_LT(std::chrono::abs(*report->clock_skew), minutes(1));
}

TEST(CheckLocation, SaysOnceWhyNothingCanBeWritten) {
  Place place;
  place.storage.set_script([](const StorageCall& call) -> std::optional<StorageFault> {
    return call.operation == "create" ? std::optional(StorageFault{.code = Code::denied}) : std::nullopt;
  });
  const LocationReport report = place.check();
  EXPECT_EQ(said(report.problems), "create: planned fault\n");
  EXPECT_TRUE(report.promises.empty());
}

TEST(CheckLocation, MeasuresMedianAndWorst) {
  Place place;
  place.storage.set_script([](const StorageCall& call) -> std::optional<StorageFault> {
    const auto wait = call.operation == "stat" ? milliseconds(call.number == 5 ? 900 : 20) : milliseconds(0);
    return StorageFault{.kind = StorageFault::Kind::none, .delay = wait};
  });
  const LocationReport report = place.check({.throughput_bytes = 0, .samples = 11, .promises = false});
  for (const Latency& latency : report.latencies) {
    EXPECT_EQ(latency.samples, 11);
    EXPECT_EQ(latency.median, latency.request == "stat" ? milliseconds(20) : milliseconds(0)) << latency.request;
    EXPECT_EQ(latency.worst, latency.request == "stat" ? milliseconds(900) : milliseconds(0)) << latency.request;
  }
  EXPECT_FALSE(report.throughput.has_value());
}

TEST(CheckLocation, NoticesAPlaceThatLies) {
  Place place;
  // From the tenth on every list is that of before.
  place.storage.set_script([](const StorageCall& call) -> std::optional<StorageFault> {
    const bool lies = call.operation == "list" && call.number > 10;
    return lies ? std::optional(StorageFault{.kind = StorageFault::Kind::stale}) : std::nullopt;
  });
  const LocationReport report = place.check();
  EXPECT_FALSE(report.is_good());
  const auto broken =
      std::ranges::count_if(report.promises, [](const PromiseResult& each) { return each.verdict == Verdict::broken; });
  EXPECT_GT(broken, 3);
}

TEST(CheckLocation, NoticesBytesThatChange) {
  Place place;
  place.storage.set_script([](const StorageCall& call) -> std::optional<StorageFault> {
    const bool flips = call.operation == "read" && call.number == 60;
    return flips ? std::optional(StorageFault{.kind = StorageFault::Kind::flip, .bit = 9}) : std::nullopt;
  });
  const LocationReport report = place.check({.throughput_bytes = 100 * kMiB, .promises = false});
  EXPECT_NE(said(report.problems).find("does not hold what was written at byte"), std::string::npos);
  EXPECT_EQ(place.left(), "");
}

// Every call fails once: no crash, no wrong praise for a broken promise, no probes left.
TEST(CheckLocation, LeavesNothingBehindAtAnyFault) {
  const CheckOptions options{.throughput_bytes = 2 * kMiB, .samples = 2, .promises = false};
  Place whole;
  (void)whole.check(options);
  for (const auto kind : {StorageFault::Kind::fail, StorageFault::Kind::fail_after, StorageFault::Kind::cut}) {
    for (std::uint64_t number = 1; number <= whole.storage.calls(); number = next_case(number)) {
      Place place;
      place.storage.set_script(fault_at(number, {.kind = kind}));
      const LocationReport report = place.check(options);
      // A stream that is cut where it ends anyway hurts nobody.
      if (kind != StorageFault::Kind::cut) {
        EXPECT_FALSE(report.is_good() && report.warnings.empty()) << number;
      }
      const bool told = said(report.problems).find("probes may be left") != std::string::npos;
      EXPECT_TRUE(place.left().empty() || told) << number << " " << place.left();
    }
  }
}

TEST(CheckLocation, RemovesItsProbesWhenStopped) {
  Place place;
  for (int at = 1; at < 30; ++at) {
    std::stop_source source;
    const auto stop_there = [&](const std::string&, int step, int) {
      if (step == at) source.request_stop();
    };
    const auto report = check_location(place.storage, {.throughput_bytes = kMiB, .samples = 1}, place.clock, place.rng,
                                       stop_there, source.get_token());
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().code(), Code::cancelled);
    EXPECT_EQ(place.left(), "");
  }
}

// What a store says about itself.
class Talkative final : public ForwardingStorage {
 public:
  explicit Talkative(std::unique_ptr<Storage> inner) : ForwardingStorage(std::move(inner)) {}
  Result<Capabilities> capabilities(std::stop_token stop) override {
    TRY(check_stop(stop));
    return Capabilities{.conditional_put = Offered::no, .versioning = Offered::yes};
  }
  Result<std::optional<Time>> server_time(std::stop_token stop) override {
    TRY(check_stop(stop));
    return std::optional<Time>{Time{minutes(7)}};
  }
  Result<std::vector<Right>> excess_rights(const std::string&, std::stop_token) override {
    std::vector<Right> rights{{"delete the bucket", Offered::yes, "Deny s3:DeleteBucket."},
                              {"delete versions", Offered::no, "Deny s3:DeleteObjectVersion."}};
    return rights;
  }
};

TEST(CheckLocation, RepeatsWhatTheStoreSays) {
  FakeClock clock;
  SeededRng rng(1);
  Talkative storage(std::make_unique<MemoryStorage>(clock));
  const auto report = check_location(storage, {.throughput_bytes = 0, .samples = 1}, clock, rng, {}, {});
  ASSERT_TRUE(report.ok());
  // The storage's own times are not from the clock that it shows.
  EXPECT_EQ(said(report->problems), "DatesObjectsByItsOwnClock: a new object is dated before the store's clock\n");
  EXPECT_EQ(report->capabilities.versioning, Offered::yes);
  EXPECT_EQ(report->clock_skew, minutes(7));
  EXPECT_EQ(said(report->warnings),
            "the clock of memory is 7m00s ahead of this machine's\n"
            "these credentials can delete the bucket\n");
  EXPECT_EQ(report->rights.size(), 2u);
  int not_offered = 0;
  for (const PromiseResult& promise : report->promises) not_offered += promise.verdict == Verdict::not_offered;
  EXPECT_EQ(not_offered, 2);
}

}  // namespace
}  // namespace salvor::store
