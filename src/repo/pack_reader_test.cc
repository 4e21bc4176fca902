#include "repo/pack_reader.h"

#include <gmock/gmock.h>

#include <map>

#include "base/guarded.h"
#include "repo/content_writer.h"
#include "repo/create.h"
#include "repo/pack_table.h"
#include "repo/position_set.h"
#include "store/forwarding.h"
#include "store/memory.h"

namespace salvor::repo {
namespace {

using ::testing::HasSubstr;

// Counts what is asked of packs.
struct Counting final : store::ForwardingStorage {
  explicit Counting(Clock& clock) : ForwardingStorage(std::make_unique<store::MemoryStorage>(clock)) {}
  Result<std::unique_ptr<store::ReadStream> > open(const std::string& key, store::ByteRange range,
                                                   std::stop_token stop) override {
    if (key.starts_with("p") || key.starts_with("q")) {
      if (is_down) return Error(Code::unavailable, "the line was cut");
      ++requests;
    }
    return ForwardingStorage::open(key, range, std::move(stop));
  }
  std::atomic<int> requests{0};
  std::atomic<bool> is_down{false};
};

struct PackReader : ::testing::Test {
  void SetUp() override {
    auto created =
        create_repository(storage, BlobLayout::flat, {}, os::Secret("secret"), {"user", "host"}, clock, rng, {});
    ASSERT_TRUE(created.ok()) << to_string(created.error());
    repository = *std::move(created);
    const auto contents = *ContentWriter::create(*repository, {.user = "user", .host = "host"}, clock, rng);
    for (int i = 0; i < 500; ++i) {
      std::string text(1 + rng.below(20'000), '\0');
      rng.fill(std::as_writable_bytes(std::span(text)));
      const auto id =
          contents->write(i % 10 == 0 ? 'k' : '\0', as_bytes(text), i % 3 == 0 ? 0x1101 : kNoCompression, {});
      ASSERT_TRUE(id.ok());
      written.emplace(*id, std::move(text));
    }
    ASSERT_TRUE(contents->flush({}).ok());
    view = repository->indexes();
  }
  MergedIndex::Located located(const ContentId& id) const { return **view->contents().locate(id); }
  ReadPlan plan_of_all() const {
    ReadPlan plan(view);
    for (const auto& [id, text] : written) EXPECT_TRUE(plan.add(located(id).position).ok());
    return plan;
  }
  // What comes, and the errors by id.
  struct Read {
    std::map<ContentId, std::string> texts, errors;
  };
  Result<Read> read(ReadPlan plan, ReadOptions options = {}) {
    Guarded<Read> read;
    TRY(read_contents(*repository, std::move(plan), options,
                      [&](MergedIndex::Position, const ContentEntry& entry, Result<Bytes> bytes) {
                        read.with([&](Read& all) {
                          if (bytes.ok()) {
                            all.texts.emplace(entry.id, as_text(*bytes));
                          } else {
                            all.errors.emplace(entry.id, bytes.error().message());
                          }
                        });
                        return Result<>();
                      },
                      {}));
    return read.with([](Read& all) { return std::move(all); });
  }
  Bytes pack(const std::string& id) { return *store::get(storage, id, 1 << 30, {}); }
  void put(const std::string& id, ByteView bytes) {
    ASSERT_TRUE(store::put(storage, id, bytes, store::Exists::replace, {}).ok());
  }

  FakeClock clock;
  SeededRng rng{7};
  Counting storage{clock};
  std::unique_ptr<Repository> repository;
  std::shared_ptr<const IndexView> view;
  std::map<ContentId, std::string> written;
};

TEST_F(PackReader, GivesEveryContentOnceAndAsksForFewRanges) {
  storage.requests = 0;
  const auto all = read(plan_of_all(), {.rehash = true});
  ASSERT_TRUE(all.ok()) << to_string(all.error());
  EXPECT_TRUE(all->errors.empty());
  EXPECT_TRUE(all->texts == written);
  EXPECT_LT(storage.requests, 20);
}

TEST_F(PackReader, ARequestIsNoLongerThanWasSaidAndLeavesOutWhatNobodyWants) {
  storage.requests = 0;
  const auto small = read(plan_of_all(), {.threads = 1, .request_bytes = 1, .gap_bytes = 0});
  ASSERT_TRUE(small.ok());
  EXPECT_EQ(storage.requests, 500);
  EXPECT_TRUE(small->texts == written);
  ReadPlan two(view);
  const ContentId first = written.begin()->first, last = written.rbegin()->first;
  two.add(located(first).position, located(first).entry);
  two.add(located(last).position, located(last).entry);
  EXPECT_EQ(two.contents(), 2U);
  EXPECT_EQ(two.packed_bytes(), located(first).entry.packed_length + located(last).entry.packed_length);
  const auto few = read(std::move(two));
  ASSERT_TRUE(few.ok());
  EXPECT_EQ(few->texts.size(), 2U);
}

TEST_F(PackReader, ADamagedContentIsOneErrorAndTheRestComes) {
  const ContentEntry victim = located(written.begin()->first).entry;
  const std::string id(victim.pack_blob_id);
  Bytes bytes = pack(id);
  bytes[victim.pack_offset + victim.packed_length / 2] ^= std::byte{1};
  put(id, bytes);
  const auto all = read(plan_of_all());
  ASSERT_TRUE(all.ok());
  ASSERT_EQ(all->errors.size(), 1U);
  EXPECT_EQ(all->errors.begin()->first, victim.id);
  EXPECT_THAT(all->errors.begin()->second, HasSubstr(id));
  EXPECT_EQ(all->texts.size(), written.size() - 1);
}

TEST_F(PackReader, ACutPackCostsTheContentsBehindTheCutAndAMissingOneAllOfThem) {
  const std::string id(located(written.begin()->first).entry.pack_blob_id);
  const Bytes whole = pack(id);
  const std::size_t cut = whole.size() / 2;
  put(id, ByteView(whole).first(cut));
  std::size_t behind = 0, inside = 0;
  for (const auto& [content, text] : written) {
    const ContentEntry entry = located(content).entry;
    if (entry.pack_blob_id != id) continue;
    ++inside;
    if (entry.pack_offset + entry.packed_length > cut) ++behind;
  }
  const auto cut_off = read(plan_of_all());
  ASSERT_TRUE(cut_off.ok());
  EXPECT_EQ(cut_off->errors.size(), behind);
  const auto table = PackTable::list(repository->blobs(), {});
  ASSERT_TRUE(table.ok());
  for (const auto& [content, text] : written) {
    EXPECT_EQ(table->check(located(content).entry).ok(), !cut_off->errors.contains(content));
  }
  ASSERT_TRUE(storage.remove(id, {}).ok());
  const auto missing = read(plan_of_all());
  ASSERT_TRUE(missing.ok());
  EXPECT_EQ(missing->errors.size(), inside);
  EXPECT_THAT(missing->errors.begin()->second, HasSubstr("missing"));
  EXPECT_THAT(PackTable::list(repository->blobs(), {})->check(located(written.begin()->first).entry).error().message(),
              HasSubstr("is missing"));
}

TEST_F(PackReader, AStorageThatDoesNotAnswerEndsIt) {
  storage.is_down = true;
  const auto read_from = read(plan_of_all());
  ASSERT_FALSE(read_from.ok());
  EXPECT_EQ(read_from.error().code(), Code::unavailable);
}

TEST_F(PackReader, AnErrorOfWhoTakesEndsIt) {
  const Result<> taken = read_contents(*repository, plan_of_all(), {.threads = 1},
                                       [](MergedIndex::Position, const ContentEntry&, Result<Bytes>) -> Result<> {
                                         return Error(Code::out_of_space, "full");
                                       },
                                       {});
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.error().code(), Code::out_of_space);
}

TEST_F(PackReader, PositionsNameEntriesAndSetsOfThemKeepEachOnce) {
  PositionSet set(view->contents().rows());
  for (const auto& [id, text] : written) {
    const MergedIndex::Located at = located(id);
    EXPECT_EQ(view->contents().at(at.position)->id, id);
    EXPECT_TRUE(set.insert(at.position));
    EXPECT_FALSE(set.insert(at.position));
  }
  EXPECT_EQ(set.size(), written.size());
  std::size_t visited = 0;
  ASSERT_TRUE(set.for_each([&](MergedIndex::Position position) {
                   EXPECT_TRUE(written.contains(view->contents().at(position)->id));
                   ++visited;
                   return Result<>();
                 })
                  .ok());
  EXPECT_EQ(visited, written.size());
}

}  // namespace
}  // namespace salvor::repo
