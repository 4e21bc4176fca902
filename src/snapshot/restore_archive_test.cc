#include "snapshot/restore_archive.h"

#include <fcntl.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <list>
#include <map>
#include <optional>

#include "codec/gzip.h"
#include "codec/tar.h"
#include "os/file.h"
#include "os/temporary_directory.h"
#include "repo/object_reader.h"
#include "snapshot/repository_testing.h"
#include "snapshot/tree.h"

namespace salvor::snapshot {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::uint64_t kMost = 64 << 20;
using Texts = std::map<std::string, std::string>;

Texts texts_of(std::string_view tar) {
  Texts texts;
  ByteView rest = as_bytes(tar);
  codec::TarReader reader([&](MutableByteView into) -> Result<std::size_t> {
    const std::size_t size = std::min(into.size(), rest.size());
    std::copy_n(rest.begin(), size, into.begin());
    rest = rest.subspan(size);
    return size;
  });
  for (;;) {
    const auto entry = reader.next();
    EXPECT_TRUE(entry.ok()) << to_string(entry.error());
    if (!entry.ok() || !*entry) return texts;
    EXPECT_TRUE(reader.read(texts[(*entry)->name]).ok());
  }
}

struct Tree {
  TestRepository repository;
  const std::string large = repository.random_text(3 << 20);
  const Manifest snapshot =
      repository.save({{"a/b/one", "1"}, {"a/large", large}, {"a/two", "2"}, {"empty/", ""}, {"z", "1"}});
  const Texts whole{{"a/", ""},     {"a/b/", ""},   {"a/b/one", "1"}, {"a/large", large},
                    {"a/two", "2"}, {"empty/", ""}, {"z", "1"}};
};

// What a test damages is whole again when it was damaged twice.
struct Archives : ::testing::Test {
  static void SetUpTestSuite() { tree.emplace(); }
  static void TearDownTestSuite() { tree.reset(); }
  ~Archives() override {
    if (damaged) repository.damage(*damaged);
  }
  void damage(const repo::ContentEntry& content) {
    names.emplace_back(content.pack_blob_id);
    damaged = content;
    damaged->pack_blob_id = names.back();
    repository.damage(*damaged);
  }

  // Beside `path` or, when it is not to be taken back, into it.
  Result<> restore_to(ArchiveFormat format, bool is_stream, std::stop_token stop = {}) {
    progress.emplace();
    told.clear();
    const auto opened = repository.open();
    ArchiveFile file = is_stream ? ArchiveFile::stream(TRY(os::open_file(path, O_WRONLY | O_CREAT | O_TRUNC)), "stream")
                                 : TRY(ArchiveFile::create(path, true, rng));
    const auto archive = TRY(make_archive_writer(format, file));
    TRY(restore_archive(
        *opened, *snapshot.root, *archive, {.threads = 2}, *progress,
        [&](const std::string& at, const Error& error) { told[at] = error.message(); }, stop));
    return file.commit();
  }
  std::string read() { return *os::read_file(path, kMost); }

  static inline std::optional<Tree> tree;
  TestRepository& repository = tree->repository;
  const std::string& large = tree->large;
  const Manifest& snapshot = tree->snapshot;
  const Texts& whole = tree->whole;
  std::list<std::string> names;
  std::optional<repo::ContentEntry> damaged;
  SeededRng rng{2};
  os::TemporaryDirectory temporary = *os::TemporaryDirectory::make();
  const std::string path = temporary.path() + "/archive";
  std::optional<RestoreProgress> progress;
  std::map<std::string, std::string> told;
};

TEST_F(Archives, ATarHoldsTheTreePackedOrNot) {
  ASSERT_TRUE(restore_to(ArchiveFormat::tar, false).ok());
  EXPECT_EQ(texts_of(read()), whole);
  EXPECT_EQ(progress->files, 4U);
  EXPECT_EQ(progress->directories, 3U);
  ASSERT_TRUE(restore_to(ArchiveFormat::tgz, false).ok());
  EXPECT_EQ(texts_of(as_text(*codec::gunzip(as_bytes(read()), kMost))), whole);
  EXPECT_THAT(told, IsEmpty());
  EXPECT_THAT(*os::list_names(temporary.path()), ElementsAre("archive"));
}

TEST_F(Archives, ADamagedContentCostsOnlyTheFilesThatNeedIt) {
  damage(repository.content_of(snapshot, "a/two"));
  ASSERT_TRUE(restore_to(ArchiveFormat::tar, false).ok());
  Texts rest = whole;
  rest.erase("a/two");
  EXPECT_EQ(texts_of(read()), rest);
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(told["a/two"], HasSubstr("content"));
  EXPECT_EQ(progress->failed, 1U);
}

TEST_F(Archives, ALargeFileThatBreaksOffIsTakenBackOrBecomesZeros) {
  // The last chunk: only when it comes is it known.
  const auto opened = repository.open();
  const DirEntry entry = *entry_at(*opened, *snapshot.root, "a/large", {});
  const auto chunks = *repo::chunks_of(*opened, *repo::ObjectId::parse(entry.object), {});
  damage(**opened->indexes()->contents().find(chunks.back().content));
  Texts rest = whole;
  rest.erase("a/large");
  for (const ArchiveFormat format : {ArchiveFormat::tar, ArchiveFormat::tgz}) {
    ASSERT_TRUE(restore_to(format, false).ok());
    EXPECT_EQ(
        texts_of(format == ArchiveFormat::tar ? read() : std::string(as_text(*codec::gunzip(as_bytes(read()), kMost)))),
        rest);
    EXPECT_THAT(told, SizeIs(1));
  }
  ASSERT_TRUE(restore_to(ArchiveFormat::tar, true).ok());
  const std::size_t good = large.size() - (128 << 10);
  rest["a/large"] = large.substr(0, good) + std::string(large.size() - good, '\0');
  EXPECT_EQ(texts_of(read()), rest);
  EXPECT_THAT(told["a/large"], HasSubstr("FROM " + std::to_string(good) + " ON ARE ZEROS"));
  for (const bool is_stream : {false, true}) {
    ASSERT_TRUE(restore_to(ArchiveFormat::zip, is_stream).ok());
    const std::string zip = read();
    EXPECT_THAT(zip.substr(zip.rfind("PK\5\6")), HasSubstr(std::string("\6\0\6\0", 4)));  // entries that count
  }
}

TEST_F(Archives, ADirectoryThatCannotBeReadIsNamedAndTheRestIsThere) {
  damage(repository.content_of(snapshot, "a"));
  ASSERT_TRUE(restore_to(ArchiveFormat::tar, false).ok());
  EXPECT_EQ(texts_of(read()), (Texts{{"a/", ""}, {"empty/", ""}, {"z", "1"}}));
  EXPECT_THAT(told, SizeIs(1));
  EXPECT_TRUE(told.contains("a"));
}

TEST_F(Archives, WhatIsStoppedLeavesNothing) {
  std::stop_source stop;
  stop.request_stop();
  const Result<> restored = restore_to(ArchiveFormat::tar, false, stop.get_token());
  ASSERT_FALSE(restored.ok());
  EXPECT_EQ(restored.error().code(), Code::cancelled);
  EXPECT_THAT(*os::list_names(temporary.path()), IsEmpty());
}

TEST_F(Archives, WhatIsThereIsReplacedOnlyWhenThatMayBe) {
  ASSERT_TRUE(os::write_file_durable(path, as_bytes("mine")).ok());
  EXPECT_EQ(ArchiveFile::create(path, false, rng).error().code(), Code::already_exists);
  EXPECT_EQ(ArchiveFile::create(temporary.path(), true, rng).error().code(), Code::already_exists);
  EXPECT_EQ(read(), "mine");
  ASSERT_TRUE(restore_to(ArchiveFormat::tar, false).ok());
  EXPECT_EQ(texts_of(read()), whole);
}

}  // namespace
}  // namespace salvor::snapshot
