#include "repo/content_writer.h"

#include <gmock/gmock.h>

#include <functional>

#include "base/task_group.h"
#include "repo/create.h"
#include "repo/manifest_writer.h"
#include "repo/object_reader.h"
#include "repo/object_writer.h"
#include "store/forwarding.h"
#include "store/memory.h"

namespace salvor::repo {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr std::string_view kPassword = "correct horse";

// Passes everything on until call number `fails_at` that changes something.
struct Failing final : store::ForwardingStorage {
  explicit Failing(Clock& clock) : ForwardingStorage(std::make_unique<store::MemoryStorage>(clock)) {}
  Result<std::unique_ptr<store::WriteStream>> create(const std::string& key, store::Exists exists,
                                                     std::stop_token stop) override {
    TRY(may_change());
    return inner().create(key, exists, std::move(stop));
  }
  Result<> remove(const std::string& key, std::stop_token stop) override {
    TRY(may_change());
    return inner().remove(key, std::move(stop));
  }
  Result<> may_change() {
    if (fails_at >= 0 && changes++ >= fails_at) return Error(Code::unavailable, "the line was cut");
    return {};
  }
  int fails_at = -1, changes = 0;
};

struct Writing : ::testing::Test {
  void SetUp() override {
    auto created = create_repository(storage, BlobLayout::flat, {.splitter = "DYNAMIC-128K-BUZHASH"},
                                     os::Secret(kPassword), {"user", "host"}, clock, rng, {});
    ASSERT_TRUE(created.ok()) << to_string(created.error());
    key.emplace((*created)->format().key.copy());
  }
  std::unique_ptr<Repository> open() {
    const Bytes repository = *store::get(storage, "kopia.repository", 1 << 20, {});
    const Bytes blobcfg = *store::get(storage, "kopia.blobcfg", 1 << 20, {});
    auto opened =
        Repository::open(BlobStore::flat(storage, ""), *open_format(repository, ByteView(blobcfg), *key), clock, {});
    EXPECT_TRUE(opened.ok());
    return *std::move(opened);
  }
  std::unique_ptr<ContentWriter> writer(Repository& repository) {
    return *ContentWriter::create(repository, {.user = "user", .host = "host"}, clock, rng);
  }
  Result<std::string> save(ContentWriter& contents, std::string_view text, std::uint32_t compression = kNoCompression) {
    ObjectWriter object = TRY(ObjectWriter::create(contents, "DYNAMIC-128K-BUZHASH", {.compression = compression}));
    for (std::string_view rest = text; !rest.empty();) {
      const std::string_view piece = rest.substr(0, 1 + rng.below(100'000));
      TRY(object.write(as_bytes(piece), {}));
      rest.remove_prefix(piece.size());
    }
    return object.finish({});
  }
  std::string load(Repository& repository, const std::string& object) {
    std::string text;
    const Result<> read = read_object(repository, *ObjectId::parse(object),
                                      [&](ByteView piece) { return text += as_text(piece), Result<>(); }, {});
    return read.ok() ? text : to_string(read.error());
  }
  std::vector<std::string> blobs(const std::string& prefix = "") {
    std::vector<std::string> keys;
    EXPECT_TRUE(
        storage.list(prefix, [&](const store::Entry& entry) { return keys.push_back(entry.key), Result<>(); }, {})
            .ok());
    return keys;
  }
  std::string random_text(std::size_t size) {
    std::string text(size, '\0');
    rng.fill(std::as_writable_bytes(std::span(text)));
    return text;
  }

  FakeClock clock;
  SeededRng rng{1};
  Failing storage{clock};
  std::optional<FormatKey> key;
};

TEST_F(Writing, WhatWasFlushedComesBackFromANewOpening) {
  const std::vector<std::string> texts = {"", "x", random_text(100'000), random_text(3'000'000),
                                          std::string(2'000'000, 'a')};
  std::vector<std::string> ids;
  const auto repository = open();
  const auto contents = writer(*repository);
  for (const std::uint32_t compression : {kNoCompression, kZstdFastest}) {
    for (const std::string& text : texts) ids.push_back(*save(*contents, text + (compression ? "z" : ""), compression));
  }
  EXPECT_THAT(blobs("s"), SizeIs(1));  // the marker
  ASSERT_TRUE(contents->flush({}).ok());
  EXPECT_THAT(blobs("s"), IsEmpty());
  const auto again = open();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    EXPECT_TRUE(load(*again, ids[i]) == texts[i % texts.size()] + (i < texts.size() ? "" : "z")) << i;
  }
  EXPECT_THAT(ids[3], StartsWith("Ix"));
}

TEST_F(Writing, WhatIsThereAlreadyIsNotWrittenAgain) {
  const std::string text = random_text(1'000'000);
  const auto repository = open();
  const auto contents = writer(*repository);
  const std::string id = *save(*contents, text);
  EXPECT_EQ(*save(*contents, text), id);  // in the same session
  ASSERT_TRUE(contents->flush({}).ok());
  const auto before = blobs();
  const auto other = open();
  const auto later = writer(*other);
  EXPECT_EQ(*save(*later, text), id);
  ASSERT_TRUE(later->flush({}).ok());
  EXPECT_EQ(blobs(), before);
  EXPECT_EQ(later->written().new_contents, 0U);
}

TEST_F(Writing, UnflushedContentsAreKnownToNobody) {
  const auto repository = open();
  const auto contents = writer(*repository);
  const std::string id = *save(*contents, "hello");
  EXPECT_THAT(load(*open(), id), HasSubstr("is in no index"));
}

TEST_F(Writing, FullPacksGoOutAndTheirIndexAfterItsTime) {
  const auto repository = open();
  const auto contents = writer(*repository);
  const std::size_t indexes = blobs("xn").size();
  for (int i = 0; i < 25; ++i) ASSERT_TRUE(save(*contents, random_text(1 << 20)).ok());
  EXPECT_THAT(blobs("p"), SizeIs(1));
  EXPECT_EQ(blobs("xn").size(), indexes);
  clock.advance(std::chrono::minutes(11));
  for (int i = 0; i < 25; ++i) ASSERT_TRUE(save(*contents, random_text(1 << 20)).ok());
  EXPECT_THAT(blobs("p"), SizeIs(2));
  EXPECT_EQ(blobs("xn").size(), indexes + 1);
  EXPECT_THAT(blobs("s"), SizeIs(1));
  ASSERT_TRUE(contents->flush({}).ok());
  EXPECT_THAT(blobs("s"), IsEmpty());
}

TEST_F(Writing, ManyThreadsWriteAtOnce) {
  std::vector<std::string> texts(40), ids(40);
  for (std::string& text : texts) text = random_text(200'000);
  const auto repository = open();
  SystemRng system;  // the seeded one belongs to one thread
  const auto contents = *ContentWriter::create(*repository, {.user = "user", .host = "host"}, clock, system);
  TaskGroup group;
  for (int thread = 0; thread < 4; ++thread) {
    group.start([&, thread](std::stop_token stop) -> Result<> {
      for (std::size_t i = 0; i < texts.size(); ++i) {
        if (i % 2 == 1 && i % 4 != static_cast<std::size_t>(thread)) continue;  // some by all, some by one
        ObjectWriter object = TRY(ObjectWriter::create(*contents, "FIXED-128K", {}));
        TRY(object.write(as_bytes(texts[i]), stop));
        const std::string id = TRY(object.finish(stop));
        if (static_cast<int>(i % 4) == thread) ids[i] = id;
      }
      return {};
    });
  }
  ASSERT_TRUE(group.join().ok());
  ASSERT_TRUE(contents->flush({}).ok());
  const auto again = open();
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_TRUE(load(*again, ids[i]) == texts[i]) << i;
}

// Whatever call fails: what was flushed before is there, a flush that fails says so, and one that succeeds has it all.
TEST_F(Writing, AFailureAtAnyInstantLosesNothingThatWasFlushed) {
  const std::string old = random_text(300'000);
  std::string old_id;
  {
    const auto repository = open();
    const auto contents = writer(*repository);
    old_id = *save(*contents, old);
    ASSERT_TRUE(contents->flush({}).ok());
  }
  bool flushed = false;
  for (int fails_at = 0; !flushed; ++fails_at) {
    ASSERT_LT(fails_at, 50);
    storage.fails_at = -1;
    const auto repository = open();
    const auto contents = writer(*repository);
    storage.changes = 0;
    storage.fails_at = fails_at;
    const std::string text = random_text(300'000);
    const auto id = save(*contents, text);
    const bool stored = id.ok() && put_manifest(*contents, {{"type", "test"}}, "{}", clock, rng, {}).ok();
    flushed = contents->flush({}).ok();
    EXPECT_TRUE(stored || !flushed);
    if (!flushed) {
      EXPECT_FALSE(contents->write(0, as_bytes("more"), kNoCompression, {}).ok());
    }
    storage.fails_at = -1;
    const auto again = open();
    EXPECT_TRUE(load(*again, old_id) == old) << fails_at;
    if (flushed) {
      EXPECT_TRUE(load(*again, *id) == text) << fails_at;
    }
  }
}

TEST_F(Writing, ARepositoryIsMadeOnlyWhereThereIsNone) {
  const auto again = create_repository(storage, BlobLayout::flat, {}, os::Secret("other"), {"u", "h"}, clock, rng, {});
  EXPECT_EQ(again.error().code(), Code::already_exists);
  EXPECT_NE(open(), nullptr);
  store::MemoryStorage half(clock);
  ASSERT_TRUE(store::put(half, "kopia.blobcfg", as_bytes("x"), store::Exists::refuse, {}).ok());
  const auto cut = create_repository(half, BlobLayout::flat, {}, os::Secret("other"), {"u", "h"}, clock, rng, {});
  EXPECT_EQ(cut.error().code(), Code::already_exists);
  EXPECT_FALSE(*store::exists(half, "kopia.repository", {}));
}

TEST_F(Writing, WhatSomebodyElseMakesOfTheFormatMeanwhileEndsTheWriting) {
  const Bytes before = *store::get(storage, "kopia.repository", 1 << 20, {});
  const auto becomes = [&](const std::function<void(RepositoryConfig&)>& change) {
    const auto repository = open();
    const auto contents = writer(*repository);
    EXPECT_TRUE(save(*contents, "as before").ok());
    RepositoryFormat format = *open_format(before, std::nullopt, *key);
    change(format.config);
    const FormatBytes changed = *encode(format, rng);
    EXPECT_TRUE(store::put(storage, "kopia.repository", changed.repository, store::Exists::replace, {}).ok());
    EXPECT_TRUE(save(*contents, "nobody has looked yet").ok());
    clock.advance(std::chrono::minutes(15));
    const auto late = save(*contents, "late");
    EXPECT_TRUE(store::put(storage, "kopia.repository", before, store::Exists::replace, {}).ok());
    return late.ok() ? Code::internal : late.error().code();
  };
  EXPECT_EQ(becomes([&](RepositoryConfig& config) {
              config.upgrade_lock = UpgradeLock{.owner_id = "other", .creation_time = clock.now()};
            }),
            Code::unavailable);
  EXPECT_EQ(becomes([](RepositoryConfig& config) { config.version = 2; }), Code::conflict);
  EXPECT_EQ(becomes([](RepositoryConfig& config) { config.required_features.push_back({.feature = "telepathy"}); }),
            Code::unsupported);
  EXPECT_EQ(becomes([](RepositoryConfig& config) { ++config.epoch_parameters.cleanup_safety_margin; }), Code::conflict);
  EXPECT_EQ(becomes([](RepositoryConfig& config) { config.max_pack_size = 30 << 20; }), Code::internal) << "harmless";
}

TEST_F(Writing, ManifestsArePutAndRemoved) {
  const auto repository = open();
  const auto contents = writer(*repository);
  const std::string id = *put_manifest(*contents, {{"type", "test"}}, R"({"a":1})", clock, rng, {});
  ASSERT_TRUE(contents->flush({}).ok());
  const ManifestSet all = *open()->manifests({});
  ASSERT_NE(all.get(id), nullptr);
  EXPECT_EQ(all.get(id)->data, R"({"a":1})");
  ASSERT_TRUE(remove_manifest(*contents, id, all.get(id)->modified, clock, {}).ok());
  ASSERT_TRUE(contents->flush({}).ok());
  const ManifestSet none = *open()->manifests({});
  EXPECT_EQ(none.get(id), nullptr);
}

}  // namespace
}  // namespace salvor::repo
