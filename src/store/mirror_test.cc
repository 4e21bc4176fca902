#include "store/mirror.h"

#include <gtest/gtest.h>

#include "store/faulty.h"
#include "store/memory.h"

namespace salvor::store {
namespace {

using Kind = StorageFault::Kind;

struct Places {
  Places() {
    std::vector<std::unique_ptr<Storage>> doors;
    for (auto& healthy : {&one, &two, &three}) {
      auto door = std::make_unique<FaultyStorage>(*healthy, &clock);
      faults.push_back(door.get());
      doors.push_back(std::move(door));
    }
    mirror = std::make_unique<MirrorStorage>(std::move(doors));
  }
  // Every call there fails.
  void take_down(std::size_t place, Code code = Code::unavailable) {
    faults[place]->set_script([=](const StorageCall&) { return StorageFault{.code = code}; });
  }
  void bring_back(std::size_t place) { faults[place]->set_script({}); }

  FakeClock clock;
  MemoryStorage one{clock, "/one"}, two{clock, "/two"}, three{clock, "/three"};
  std::vector<FaultyStorage*> faults;
  std::unique_ptr<MirrorStorage> mirror;
};

std::string read(Storage& storage, const std::string& key) {
  const auto bytes = get(storage, key, 10'000'000, {});
  return bytes.ok() ? std::string(as_text(*bytes)) : std::string(to_string(bytes.error().code()));
}

Result<> write(Storage& storage, const std::string& text, Exists exists = Exists::replace) {
  const auto stream = TRY(storage.create("key", exists, {}));
  TRY(stream->write(as_bytes(text).first(text.size() / 2)));
  TRY(stream->write(as_bytes(text).subspan(text.size() / 2)));
  return stream->commit();
}

TEST(MirrorStorage, WritesAndRemovesEverywhere) {
  Places places;
  EXPECT_EQ(places.mirror->describe(), "/one + /two + /three");
  ASSERT_TRUE(write(*places.mirror, "value", Exists::refuse).ok());
  for (MemoryStorage* place : {&places.one, &places.two, &places.three}) EXPECT_EQ(read(*place, "key"), "value");
  ASSERT_TRUE(places.mirror->remove("key", {}).ok());
  for (MemoryStorage* place : {&places.one, &places.two, &places.three}) EXPECT_EQ(read(*place, "key"), "not_found");
}

// Each call at each place fails once: the error names the place, the others have the whole object.
TEST(MirrorStorage, NamesThePlaceThatDidNotTakePartAtEveryCall) {
  for (std::size_t broken = 0; broken < 3; ++broken) {
    for (std::uint64_t number = 1; number <= 4; ++number) {
      SCOPED_TRACE("place " + std::to_string(broken) + " at call " + std::to_string(number));
      Places places;
      places.faults[broken]->set_script(fault_at(number, {.code = Code::out_of_space}));
      const auto outcome = write(*places.mirror, "value");
      MemoryStorage* all[] = {&places.one, &places.two, &places.three};
      ASSERT_FALSE(outcome.ok());
      EXPECT_EQ(outcome.error().code(), Code::out_of_space);
      for (std::size_t i = 0; i < 3; ++i) {
        const std::string& message = outcome.error().message();
        const bool blamed = message.find("not in " + all[i]->describe() + " (") != std::string::npos;
        EXPECT_EQ(blamed, i == broken) << message;
        EXPECT_EQ(read(*all[i], "key"), i == broken ? "not_found" : "value");
      }
      EXPECT_EQ(read(*places.mirror, "key"), "value");
      // Writing again heals.
      ASSERT_TRUE(write(*places.mirror, "value").ok());
      EXPECT_EQ(read(*all[broken], "key"), "value");
    }
  }
}

TEST(MirrorStorage, NamesThePlaceThatKeepsWhatWasRemoved) {
  Places places;
  ASSERT_TRUE(write(*places.mirror, "value").ok());
  places.take_down(1, Code::denied);
  const auto outcome = places.mirror->remove("key", {});
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code(), Code::denied);
  EXPECT_EQ(outcome.error().message(), "key is removed in /one and /three; not in /two (remove: planned fault)");
}

TEST(MirrorStorage, FailsWholeWhenNoPlaceCanWrite) {
  Places places;
  for (std::size_t i = 0; i < 3; ++i) places.take_down(i);
  const auto outcome = places.mirror->create("key", Exists::replace, {});
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code(), Code::unavailable);
  EXPECT_EQ(outcome.error().message().substr(0, 25), "key is stored nowhere; no");
}

TEST(MirrorStorage, LetsTheFirstPlaceDecideWhoMayCreate) {
  Places places;
  ASSERT_TRUE(put(places.two, "key", as_bytes("left over"), Exists::replace, {}).ok());
  ASSERT_TRUE(write(*places.mirror, "first", Exists::refuse).ok());
  EXPECT_EQ(write(*places.mirror, "second", Exists::refuse).error().code(), Code::already_exists);
  for (MemoryStorage* place : {&places.one, &places.two, &places.three}) EXPECT_EQ(read(*place, "key"), "first");
  places.take_down(0);
  EXPECT_EQ(write(*places.mirror, "third", Exists::refuse).error().code(), Code::unavailable);
  EXPECT_EQ(read(places.two, "key"), "first");
}

TEST(MirrorStorage, ReadsWhatAnyPlaceHas) {
  Places places;
  const std::string value(3'000'000, 'v');
  ASSERT_TRUE(put(places.three, "key", as_bytes(value), Exists::replace, {}).ok());
  EXPECT_EQ(read(*places.mirror, "key"), value);
  EXPECT_EQ(places.mirror->stat("key", {}).value().size, value.size());
  EXPECT_EQ(read(*places.mirror, "absent"), "not_found");
  places.take_down(0);
  EXPECT_EQ(read(*places.mirror, "key"), value);
  EXPECT_EQ(read(*places.mirror, "absent"), "unavailable") << "the place that does not answer may have it";
  EXPECT_EQ(places.mirror->stat("absent", {}).error().code(), Code::unavailable);
}

// A stream breaks at each of its calls, in each way; what is read is whole all the same.
TEST(MirrorStorage, GoesOnElsewhereAtEveryCall) {
  std::string value;
  for (int i = 0; value.size() < 3'000'000; ++i) value += std::to_string(i) + " ";
  for (const Kind kind : {Kind::fail, Kind::fail_after, Kind::cut}) {
    for (const Code code : {Code::unavailable, Code::corrupt, Code::denied}) {
      for (std::uint64_t number = 1; number <= 6; ++number) {
        Places places;
        for (MemoryStorage* place : {&places.one, &places.two, &places.three}) {
          ASSERT_TRUE(put(*place, "key", as_bytes(value), Exists::replace, {}).ok());
        }
        places.faults[0]->set_script(fault_at(number, {.kind = kind, .code = code}));
        places.faults[1]->set_script(fault_at(number, {.kind = kind, .code = code}));
        EXPECT_TRUE(read(*places.mirror, "key") == value) << "kind " << int(kind) << " at call " << number;
        EXPECT_EQ(as_text(get_range(*places.mirror, "key", 5, 2'000'000, {}).value()), value.substr(5, 2'000'000));
      }
    }
  }
}

TEST(MirrorStorage, NeverMixesWhatDiffers) {
  Places places;
  const std::string mine(3'000'000, 'a'), other(3'000'000, 'b');
  ASSERT_TRUE(put(places.one, "key", as_bytes(mine), Exists::replace, {}).ok());
  ASSERT_TRUE(put(places.two, "key", as_bytes(other), Exists::replace, {}).ok());
  ASSERT_TRUE(put(places.three, "key", as_bytes(mine.substr(1)), Exists::replace, {}).ok());
  places.faults[0]->plan("read", 2, {.code = Code::corrupt});
  EXPECT_EQ(read(*places.mirror, "key"), "corrupt");
}

TEST(MirrorStorage, ListsOnInThePlaceThatAnswers) {
  Places places;
  for (const char* key : {"a/1", "b/1", "c/1", "d/1"}) {
    ASSERT_TRUE(put(*places.mirror, key, as_bytes("x"), Exists::replace, {}).ok());
  }
  const auto listed = [&] {
    std::string keys;
    const auto visit = [&](const Entry& entry) { return (keys += entry.key + " ", Result<>{}); };
    const auto outcome = places.mirror->list("", visit, {});
    return outcome.ok() ? keys : to_string(outcome.error());
  };
  EXPECT_EQ(listed(), "a/1 b/1 c/1 d/1 ");
  places.faults[0]->plan("list", 2, {.kind = Kind::cut});
  EXPECT_EQ(listed(), "a/1 b/1 c/1 d/1 ");
  places.take_down(0);
  places.take_down(1);
  EXPECT_EQ(listed(), "a/1 b/1 c/1 d/1 ");
  places.take_down(2);
  EXPECT_NE(listed().find("planned fault"), std::string::npos);
}

TEST(MirrorStorage, OffersWhatAllItsPlacesOffer) {
  Places places;
  const Capabilities offered = places.mirror->capabilities({}).value();
  EXPECT_EQ(offered.conditional_put, Offered::yes);
  EXPECT_EQ(offered.versioning, Offered::no);
  EXPECT_FALSE(places.mirror->free_space({}).value().has_value());
  EXPECT_TRUE(places.mirror->server_time({}).value().has_value());
}

}  // namespace
}  // namespace salvor::store
