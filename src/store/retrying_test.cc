#include "store/retrying.h"

#include <gtest/gtest.h>

#include "base/sanitized_testing.h"
#include "store/faulty.h"
#include "store/memory.h"

namespace salvor::store {
namespace {

using Kind = StorageFault::Kind;
using std::chrono::seconds;

// A healthy store, the faulty line to it, and what retries over that line.
struct Line {
  explicit Line(RetryPolicy policy = {}) {
    auto line = std::make_unique<FaultyStorage>(healthy, &clock);
    faults = line.get();
    storage = std::make_unique<RetryingStorage>(std::move(line), std::move(policy), clock, rng);
  }
  Duration elapsed() { return clock.monotonic(); }

  FakeClock clock;
  SeededRng rng{20261123};
  MemoryStorage healthy{clock};
  FaultyStorage* faults = nullptr;
  std::unique_ptr<RetryingStorage> storage;
};

const std::string kOld(3000, 'o'), kNew(2 * kMiB, 'n');

std::string read(Storage& storage, const std::string& key) {
  const auto bytes = get(storage, key, 10 * kMiB, {});
  return bytes.ok() ? std::string(as_text(*bytes)) : std::string(to_string(bytes.error().code()));
}

Result<> write(Storage& storage, const std::string& key, const std::string& text, Exists exists) {
  const auto stream = TRY(storage.create(key, exists, {}));
  TRY(stream->write(as_bytes(text).first(text.size() / 2)));
  TRY(stream->write(as_bytes(text).subspan(text.size() / 2)));
  return stream->commit();
}

Result<> expect(bool kept, const std::string& otherwise) {
  if (kept) return {};
  return Error(Code::internal, otherwise);
}

struct Deed {
  const char* name;
  Result<> (*run)(Storage&);
  // What must be seen afterwards, without faults.
  Result<> (*check)(Storage&);
};

Result<> nothing_to_check(Storage&) { return {}; }
Result<> has_new(Storage& storage) { return expect(read(storage, "d/new") == kNew, "the new object is not there"); }

const Deed kDeeds[] = {
    {"put", [](Storage& storage) { return write(storage, "d/new", kNew, Exists::replace); }, has_new},
    {"put of a new key", [](Storage& storage) { return write(storage, "d/new", kNew, Exists::refuse); }, has_new},
    {"replace", [](Storage& storage) { return write(storage, "d/old-0", kNew, Exists::replace); },
     [](Storage& storage) { return expect(read(storage, "d/old-0") == kNew, "the object is not replaced"); }},
    {"refused put",
     [](Storage& storage) {
       const auto outcome = write(storage, "d/old-0", kNew, Exists::refuse);
       return expect(!outcome.ok() && outcome.error().code() == Code::already_exists, "the put is not refused");
     },
     [](Storage& storage) { return expect(read(storage, "d/old-0") == kOld, "the object is replaced"); }},
    {"remove", [](Storage& storage) { return storage.remove("d/old-0", {}); },
     [](Storage& storage) { return expect(read(storage, "d/old-0") == "not_found", "the object is not removed"); }},
    {"get", [](Storage& storage) { return expect(read(storage, "d/large") == kNew, "other bytes are read"); },
     nothing_to_check},
    {"get of a range",
     [](Storage& storage) -> Result<> {
       const Bytes bytes = TRY(get_range(storage, "d/large", 1000, 1'500'000, {}));
       return expect(as_text(bytes) == kNew.substr(1000, 1'500'000), "other bytes are read");
     },
     nothing_to_check},
    {"stat",
     [](Storage& storage) -> Result<> {
       return expect(TRY(storage.stat("d/large", {})).size == kNew.size(), "another size is reported");
     },
     nothing_to_check},
    {"list",
     [](Storage& storage) -> Result<> {
       std::string keys;
       TRY(storage.list("d/old", [&](const Entry& entry) { return (keys += entry.key + " ", Result<>{}); }, {}));
       return expect(keys == "d/old-0 d/old-1 d/old-2 ", "the list shows " + keys);
     },
     nothing_to_check},
    {"list of directories",
     [](Storage& storage) -> Result<> {
       std::string names;
       TRY(storage.list_directories(
           "e/", [&](std::string_view name) { return (names += name, names += ' ', Result<>{}); }, {}));
       return expect(names == "a-b a b ", "the list shows " + names);
     },
     nothing_to_check},
    {"questions",
     [](Storage& storage) -> Result<> {
       TRY(storage.free_space({}));
       TRY(storage.capabilities({}));
       TRY(storage.server_time({}));
       TRY(storage.excess_rights("p/", {}));
       return {};
     },
     nothing_to_check},
};

void furnish(Storage& storage) {
  for (const char* key : {"d/old-0", "d/old-1", "d/old-2", "e/a/x", "e/a-b/x", "e/b/x"}) {
    ASSERT_TRUE(put(storage, key, as_bytes(kOld), Exists::replace, {}).ok());
  }
  ASSERT_TRUE(put(storage, "d/large", as_bytes(kNew), Exists::replace, {}).ok());
}

TEST(RetryingStorageFaults, AreOvercomeAtEveryCall) {
  for (const Deed& deed : kDeeds) {
    for (const Kind kind : {Kind::fail, Kind::fail_after, Kind::cut}) {
      for (const Code code : {Code::unavailable, Code::throttled, Code::deadline}) {
        bool ran_through = false;
        for (std::uint64_t number = 1; !ran_through; number = next_case(number)) {
          SCOPED_TRACE(std::string(deed.name) + ", kind " + std::to_string(int(kind)) + " at call " +
                       std::to_string(number));
          Line line;
          furnish(line.healthy);
          line.faults->set_script(fault_at(number, {.kind = kind, .code = code}));
          const auto outcome = deed.run(*line.storage);
          EXPECT_TRUE(outcome.ok()) << to_string(outcome.error());
          const auto checked = deed.check(line.healthy);
          EXPECT_TRUE(checked.ok()) << to_string(checked.error());
          ran_through = line.faults->calls() < number;
          ASSERT_LT(number, 50u);
        }
      }
    }
  }
}

// Two faults: the second one hits what the retry does.
TEST(RetryingStorageFaults, AreOvercomeInPairs) {
  for (const Deed& deed : kDeeds) {
    for (std::uint64_t first = 1; first < 8; first = next_case(first)) {
      for (std::uint64_t second = first + 1; second < 12; second = next_case(second)) {
        SCOPED_TRACE(std::string(deed.name) + " at calls " + std::to_string(first) + " and " + std::to_string(second));
        Line line;
        furnish(line.healthy);
        line.faults->set_script([=](const StorageCall& call) -> std::optional<StorageFault> {
          if (call.total == first) return StorageFault{.kind = Kind::fail_after};
          if (call.total == second) return StorageFault{.kind = Kind::cut};
          return std::nullopt;
        });
        const auto outcome = deed.run(*line.storage);
        EXPECT_TRUE(outcome.ok()) << to_string(outcome.error());
        const auto checked = deed.check(line.healthy);
        EXPECT_TRUE(checked.ok()) << to_string(checked.error());
      }
    }
  }
}

TEST(RetryingStorage, PassesOnAtOnceWhatNoRetryCanHelp) {
  for (const Code code : {Code::denied, Code::not_found, Code::out_of_space, Code::corrupt, Code::unsupported}) {
    Line line;
    line.faults->set_script([=](const StorageCall&) { return StorageFault{.code = code}; });
    EXPECT_EQ(line.storage->stat("key", {}).error().code(), code);
    EXPECT_EQ(line.faults->calls("stat"), 1u);
    EXPECT_EQ(line.elapsed(), Duration(0));
  }
}

TEST(RetryingStorage, GivesUpAfterItsTriesAndSaysSo) {
  Line line({.tries = 4});
  line.faults->set_script([](const StorageCall&) { return StorageFault{}; });
  const auto outcome = line.storage->stat("key", {});
  EXPECT_EQ(outcome.error().code(), Code::unavailable);
  EXPECT_NE(outcome.error().message().find("gave up after 4 tries"), std::string::npos) << outcome.error().message();
  EXPECT_NE(outcome.error().message().find("stat: planned fault"), std::string::npos);
  EXPECT_EQ(line.faults->calls("stat"), 4u);
}

TEST(RetryingStorage, NeverBeginsATryBehindItsDeadline) {
  Line line({.tries = 1000, .deadline = seconds(60), .budget = 1000});
  line.faults->set_script([](const StorageCall&) { return StorageFault{.delay = seconds(7)}; });
  EXPECT_FALSE(line.storage->stat("key", {}).ok());
  EXPECT_LE(line.elapsed(), seconds(60 + 7));
  EXPECT_GE(line.faults->calls("stat"), 3u);
}

TEST(RetryingStorage, WaitsLongerEachTimeButNeverLongerThanItMay) {
  std::vector<Duration> waits;
  Line line({.tries = 30,
             .deadline = std::chrono::hours(1),
             .longest_wait = seconds(10),
             .notice = [&](const Error&, Duration wait) { waits.push_back(wait); }});
  line.faults->set_script([](const StorageCall&) { return StorageFault{}; });
  EXPECT_FALSE(line.storage->stat("key", {}).ok());
  ASSERT_EQ(waits.size(), 29u);
  for (std::size_t i = 0; i < waits.size(); ++i) {
    EXPECT_LE(waits[i], std::min<Duration>(seconds(10), std::chrono::milliseconds(200) * (1ull << std::min(i, 20ul))));
  }
  EXPECT_GT(*std::max_element(waits.begin(), waits.end()), seconds(5));
}

TEST(RetryingStorage, WaitsAsLongAsTheStoreAsks) {
  Line line;
  line.faults->plan("stat", 1, {.code = Code::throttled, .retry_after = seconds(45)});
  ASSERT_TRUE(put(line.healthy, "key", as_bytes("x"), Exists::replace, {}).ok());
  EXPECT_TRUE(line.storage->stat("key", {}).ok());
  EXPECT_GE(line.elapsed(), seconds(45));
  EXPECT_LT(line.elapsed(), seconds(46));
}

TEST(RetryingStorage, DoesNotWaitForAnAnswerThatWouldComeTooLate) {
  Line line({.deadline = seconds(30)});
  line.faults->plan("stat", 1, {.code = Code::throttled, .retry_after = seconds(45)});
  EXPECT_EQ(line.storage->stat("key", {}).error().code(), Code::throttled);
  EXPECT_EQ(line.elapsed(), Duration(0));
}

TEST(RetryingStorage, SpendsItsBudgetAndEarnsItBack) {
  Line line({.tries = 10, .budget = 5});
  ASSERT_TRUE(put(line.healthy, "key", as_bytes("x"), Exists::replace, {}).ok());
  line.faults->set_script([](const StorageCall& call) -> std::optional<StorageFault> {
    return call.number <= 7 || call.number == 28 ? std::optional(StorageFault{}) : std::nullopt;
  });
  const auto spent = line.storage->stat("key", {});
  ASSERT_FALSE(spent.ok());
  EXPECT_NE(spent.error().message().find("too many other requests failed"), std::string::npos);
  EXPECT_EQ(line.faults->calls("stat"), 6u);
  EXPECT_FALSE(line.storage->stat("key", {}).ok());
  EXPECT_EQ(line.faults->calls("stat"), 7u) << "an empty budget allows no retry";
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(line.storage->stat("key", {}).ok());
  EXPECT_TRUE(line.storage->stat("key", {}).ok()) << "twenty successes earned two retries";
}

TEST(RetryingStorage, EndsItsWaitWhenStopped) {
  std::stop_source source;
  Line line({.notice = [&](const Error&, Duration) { source.request_stop(); }});
  line.faults->set_script([](const StorageCall&) { return StorageFault{}; });
  EXPECT_EQ(line.storage->stat("key", source.get_token()).error().code(), Code::cancelled);
  EXPECT_EQ(line.faults->calls("stat"), 1u);
}

TEST(RetryingStorage, PassesOnTheErrorOfAnObjectThatIsTooLargeToSendAgain) {
  for (const char* operation : {"write", "commit"}) {
    Line line({.resend_limit = 1000});
    line.faults->plan(operation, 2, {});
    line.faults->plan("commit", 1, {.kind = Kind::fail});
    ASSERT_TRUE(put(line.healthy, "key", as_bytes(kOld), Exists::replace, {}).ok());
    EXPECT_EQ(write(*line.storage, "key", kNew, Exists::replace).error().code(), Code::unavailable) << operation;
    EXPECT_EQ(read(line.healthy, "key"), kOld);
    EXPECT_EQ(line.faults->calls("create"), 1u);
  }
}

TEST(RetryingStorage, TellsTheLoserOfARaceFromALostAnswer) {
  for (const bool same : {true, false}) {
    Line line;
    const auto stream = line.storage->create("key", Exists::refuse, {}).value();
    ASSERT_TRUE(stream->write(as_bytes("mine")).ok());
    // The first commit never arrives, and before the second somebody else was there.
    line.faults->plan("commit", 1, {});
    ASSERT_TRUE(put(line.healthy, "key", as_bytes(same ? "mine" : "his"), Exists::refuse, {}).ok());
    const auto outcome = stream->commit();
    if (same) {
      EXPECT_TRUE(outcome.ok());  // as documented: the same bytes cannot be told apart
    } else {
      EXPECT_EQ(outcome.error().code(), Code::already_exists);
    }
    EXPECT_EQ(read(line.healthy, "key"), same ? "mine" : "his");
  }
}

TEST(RetryingStorage, NeverMixesTwoObjectsInOneStream) {
  Line line;
  ASSERT_TRUE(put(line.healthy, "key", as_bytes(kNew), Exists::replace, {}).ok());
  const auto stream = line.storage->open("key", {}, {}).value();
  Bytes buffer(1000);
  ASSERT_TRUE(stream->read(buffer).ok());
  ASSERT_TRUE(put(line.healthy, "key", as_bytes(std::string(kNew.size(), 'x')), Exists::replace, {}).ok());
  line.faults->plan("read", 2, {});
  EXPECT_EQ(stream->read(buffer).error().code(), Code::conflict);
}

// A store that does not say which object a stream reads.
class Unversioned final : public ForwardingStorage {
 public:
  using ForwardingStorage::ForwardingStorage;
  Result<std::unique_ptr<ReadStream>> open(const std::string& key, ByteRange range, std::stop_token stop) override {
    class Bare final : public ReadStream {
     public:
      explicit Bare(std::unique_ptr<ReadStream> inner) : inner_(std::move(inner)) {}
      Result<std::size_t> read(MutableByteView into) override { return inner_->read(into); }

     private:
      std::unique_ptr<ReadStream> inner_;
    };
    return std::make_unique<Bare>(TRY(inner().open(key, range, std::move(stop))));
  }
};

TEST(RetryingStorage, DoesNotGoOnWhereItCannotKnowTheObject) {
  FakeClock clock;
  SeededRng rng(1);
  MemoryStorage healthy(clock);
  ASSERT_TRUE(put(healthy, "key", as_bytes(kNew), Exists::replace, {}).ok());
  auto faulty = std::make_unique<FaultyStorage>(healthy);
  faulty->plan("read", 2, {});
  RetryingStorage storage(std::make_unique<Unversioned>(std::move(faulty)), {}, clock, rng);
  EXPECT_EQ(read(storage, "key"), "unavailable");
  EXPECT_EQ(read(storage, "key"), kNew);
}

}  // namespace
}  // namespace salvor::store
