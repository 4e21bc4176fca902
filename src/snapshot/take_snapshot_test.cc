// Saving and restoring trees by several threads, over a repository in memory. That stock kopia reads what is saved is
// shown in tests/peer/kopia_write_test.py.
#include "snapshot/take_snapshot.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

#include "os/file.h"
#include "os/temporary_directory.h"
#include "repo/create.h"
#include "repo/object_id.h"
#include "repo/object_reader.h"
#include "repo/object_writer.h"
#include "snapshot/restore.h"
#include "snapshot/tree.h"
#include "store/forwarding.h"
#include "store/memory.h"

namespace salvor::snapshot {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kSplitter = "DYNAMIC-128K-BUZHASH";

// Takes no packs when it is told so, or once so many indexes are there.
struct Lossy final : store::ForwardingStorage {
  explicit Lossy(Clock& clock) : ForwardingStorage(std::make_unique<store::MemoryStorage>(clock)) {}
  Result<std::unique_ptr<store::WriteStream>> create(const std::string& key, store::Exists exists,
                                                     std::stop_token stop) override {
    if (refuses && key.starts_with('p')) return Error(Code::unavailable, "the line was cut");
    if (key.starts_with('x') && --indexes_left == 0) refuses = true;
    return inner().create(key, exists, std::move(stop));
  }
  std::atomic<bool> refuses{false};
  std::atomic<int> indexes_left{-1};
};

// A second passes with every look at it.
struct HastyClock final : Clock {
  explicit HastyClock(Time start) : start(start) {}
  Time now() override { return start + std::chrono::seconds(++looks); }
  Duration monotonic() override {
    if (stops_at > 0 && looks >= stops_at) source.request_stop();
    return std::chrono::seconds(++looks);
  }
  bool wait(Duration, std::stop_token) override { return true; }
  const Time start;
  std::atomic<int> looks{0};
  int stops_at = 0;  // never
  std::stop_source source;
};

struct Saving : ::testing::Test {
  void SetUp() override {
    auto created = repo::create_repository(storage, repo::BlobLayout::flat, {.splitter = std::string(kSplitter)},
                                           os::Secret("password"), {"u", "h"}, clock, rng, {});
    ASSERT_TRUE(created.ok());
    repository = *std::move(created);
    fs::create_directory(tree);
  }

  void write(const std::string& name, std::string_view text) {
    fs::create_directories((tree / name).parent_path());
    std::ofstream(tree / name, std::ios::binary) << text;
  }
  std::string random_text(std::size_t size) {
    std::uint64_t state = seeded.next() | 1;
    std::string text(size, '\0');
    for (std::size_t at = 0; at + 8 <= size; at += 8) {
      state = state * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
      const std::uint64_t word = state ^ state >> 29;
      std::memcpy(text.data() + at, &word, sizeof(word));
    }
    return text;
  }
  // Files of every way through: none, small, several chunks, several batches, many in a directory, deep ones, links.
  void grow_tree() {
    write("empty", "");
    write("small", "hello");
    write("some chunks", random_text(1'000'000));
    write("at the border", random_text(4 << 20));
    write("large", random_text(9 << 20));
    write("deep/a/b/c/d/zeros", std::string(6 << 20, '\0'));
    for (int i = 0; i < 700; ++i) write("many/file-" + std::to_string(i), std::to_string(i % 300));
    fs::create_symlink("small", tree / "link");
    fs::create_directory(tree / "nothing in it");
  }

  Manifest save(unsigned threads = 4) {
    progress.emplace();
    auto taken = take_snapshot(tree, request(threads), *repository, clock, rng, *progress, remember(), {});
    EXPECT_TRUE(taken.ok()) << (taken.ok() ? "" : to_string(taken.error()));
    return *std::move(taken);
  }
  SnapshotRequest request(unsigned threads) {
    return {.source = {"u", "h", source},
            .description = {},
            .tags = {},
            .threads = threads,
            .rules = {},
            .chunk_memory = 1 << 20,
            .looks_ahead = true};
  }
  // With a checkpoint after every tenth look at the clock.
  Result<Manifest> hurry(HastyClock& hasty, unsigned threads) {
    progress.emplace();
    clock.advance(std::chrono::hours(1));  // beyond what the hasty one will show
    SnapshotRequest wanted = request(threads);
    wanted.checkpoint_every = std::chrono::seconds(10);
    return take_snapshot(tree, wanted, *repository, hasty, rng, *progress, remember(), hasty.source.get_token());
  }
  std::vector<Manifest> incomplete() {
    std::vector<Manifest> found = list_snapshots(*repository, {}, {})->all;
    std::erase_if(found, [](const Manifest& one) { return one.incomplete.empty(); });
    return found;
  }
  UploadProblem remember() {
    return [this](const std::string& path, const Error&) { problems.push_back(path); };
  }
  // Every path with what it holds.
  static std::map<std::string, std::string> contents_of(const fs::path& root) {
    std::map<std::string, std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      const std::string name = entry.path().lexically_relative(root);
      if (entry.is_symlink()) {
        all[name] = "-> " + fs::read_symlink(entry.path()).string();
      } else {
        all[name] = entry.is_directory() ? "directory" : *os::read_file(entry.path(), 1 << 30);
      }
    }
    return all;
  }
  Result<> bring_back(const DirEntry& root, unsigned threads = 4) {
    restored.emplace();
    return restore(*repository, root, target, {.target = {.owners = false}, .threads = threads}, rng, *restored,
                   remember(), {});
  }

  std::string source = "/tree";
  FakeClock clock;
  SystemRng rng;
  SeededRng seeded{1};
  Lossy storage{clock};
  std::unique_ptr<repo::Repository> repository;
  os::TemporaryDirectory temporary = *os::TemporaryDirectory::make();
  const fs::path tree = fs::path(temporary.path()) / "tree", target = fs::path(temporary.path()) / "target";
  std::optional<UploadProgress> progress;
  std::optional<RestoreProgress> restored;
  std::vector<std::string> problems;
};

TEST_F(Saving, WhatWasSavedComesBackAsItWas) {
  grow_tree();
  const Manifest manifest = save();
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(manifest.stats.files, 706U);
  ASSERT_TRUE(bring_back(*manifest.root).ok());
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(contents_of(target), contents_of(tree));
  EXPECT_EQ(restored->files, 706U);
  EXPECT_EQ(restored->symlinks, 1U);
  struct stat about;
  ASSERT_EQ(::stat((target / "deep/a/b/c/d/zeros").c_str(), &about), 0);
  EXPECT_LT(about.st_blocks * 512, 1 << 20);  // holes
}

TEST_F(Saving, HowManyThreadsThereAreDoesNotShowInWhatIsSaved) {
  grow_tree();
  const std::string alone = save(1).root->object;
  for (const unsigned threads : {2U, 9U}) {
    source = "/as if for the first time by " + std::to_string(threads);
    const Manifest manifest = save(threads);
    EXPECT_EQ(manifest.root->object, alone);
    EXPECT_EQ(progress->cached, 0U);
    ASSERT_TRUE(bring_back(*manifest.root, threads).ok());
    EXPECT_EQ(contents_of(target), contents_of(tree)) << threads;
    fs::remove_all(target);
  }
}

TEST_F(Saving, ALargeFileIsTheObjectThatAStreamOfItIs) {
  const std::string text = random_text(8 << 20);
  write("large", text);
  save(3);
  const auto contents = *repo::ContentWriter::create(*repository, {.user = "u", .host = "h"}, clock, rng);
  repo::ObjectWriter object = *repo::ObjectWriter::create(*contents, kSplitter, {});
  ASSERT_TRUE(object.write(as_bytes(text), {}).ok());
  const std::string id = *object.finish({});
  const auto written = contents->written();
  EXPECT_EQ(written.new_contents, 0U);  // every chunk and the list of them were there
  EXPECT_TRUE(id.starts_with("Ix"));
}

TEST_F(Saving, WhatIsUnchangedIsNotReadAgain) {
  grow_tree();
  const std::string first = save().root->object;
  write("new", "new");
  write("many/file-7", "changed");
  const Manifest second = save();
  EXPECT_NE(second.root->object, first);
  EXPECT_EQ(progress->bytes, 10U);
  EXPECT_EQ(progress->cached, 706U);
  EXPECT_EQ(progress->expected_files, 707U) << "what there was before";
  ASSERT_TRUE(bring_back(*second.root).ok());
  EXPECT_EQ(contents_of(target), contents_of(tree));
}

TEST_F(Saving, ARepositoryThatFailsEndsIt) {
  grow_tree();
  storage.refuses = true;
  UploadProgress failing;
  const auto taken = take_snapshot(tree, request(4), *repository, clock, rng, failing, remember(), {});
  EXPECT_EQ(taken.error().code(), Code::unavailable);
  EXPECT_THAT(problems, IsEmpty());
}

TEST_F(Saving, AStopEndsBoth) {
  grow_tree();
  std::stop_source source;
  source.request_stop();
  UploadProgress stopped;
  const auto taken = take_snapshot(tree, request(4), *repository, clock, rng, stopped, remember(), source.get_token());
  EXPECT_EQ(taken.error().code(), Code::cancelled);
  const Manifest manifest = save();
  RestoreProgress none;
  const Result<> back = restore(*repository, *manifest.root, target, {.target = {.owners = false}}, rng, none,
                                remember(), source.get_token());
  EXPECT_EQ(back.error().code(), Code::cancelled);
}

// A pack that is lost costs the files in it, and each is named.
TEST_F(Saving, ALostPackCostsTheFilesThatNeedIt) {
  grow_tree();
  const Manifest before = save();
  write("later/one", "one");
  write("later/large", random_text(5 << 20));
  std::vector<std::string> old;
  const auto keep = [&](const store::Entry& entry) { return old.push_back(entry.key), Result<>(); };
  ASSERT_TRUE(storage.list("p", keep, {}).ok());
  const Manifest manifest = save();
  std::vector<std::string> lost;
  const auto find_new = [&](const store::Entry& entry) {
    if (std::ranges::find(old, entry.key) == old.end()) lost.push_back(entry.key);
    return Result<>();
  };
  ASSERT_TRUE(storage.list("p", find_new, {}).ok());
  ASSERT_EQ(lost.size(), 1U);
  ASSERT_TRUE(storage.remove(lost.front(), {}).ok());
  ASSERT_TRUE(bring_back(*manifest.root).ok());
  std::ranges::sort(problems);
  EXPECT_THAT(problems, ElementsAre("later/large", "later/one"));
  EXPECT_EQ(restored->failed, 2U);
  fs::remove_all(tree / "later");
  auto left = contents_of(target);
  EXPECT_EQ(left.erase("later"), 1U);
  EXPECT_EQ(left, contents_of(tree));
}

TEST_F(Saving, ACheckpointHoldsWhatWasSavedByThen) {
  for (const unsigned threads : {1U, 4U}) {
    for (int i = 0; i < 60; ++i) write("d" + std::to_string(i % 30) + "/deep/" + std::to_string(i), random_text(1024));
    source = "/by " + std::to_string(threads);
    storage.refuses = false;
    HastyClock hasty(clock.now());
    storage.indexes_left = 4;  // two checkpoints of two each
    const Result<Manifest> cut_off = hurry(hasty, threads);
    ASSERT_FALSE(cut_off.ok());
    EXPECT_EQ(cut_off.error().code(), Code::unavailable);
    storage.refuses = false;
    const std::vector<Manifest> left = incomplete();
    ASSERT_EQ(left.size(), 1U) << "the second took the place of the first";
    EXPECT_EQ(left[0].incomplete, "checkpoint");
    EXPECT_EQ(left[0].root->summary->incomplete, "checkpoint");
    const std::uint64_t saved = left[0].root->summary->files;
    EXPECT_GT(saved, 0U);
    ASSERT_TRUE(bring_back(*left[0].root).ok());
    const auto whole = contents_of(tree), part = contents_of(target);
    EXPECT_TRUE(std::ranges::includes(whole, part));
    fs::remove_all(target);
    const Manifest manifest = save(threads);
    EXPECT_EQ(progress->cached, saved);
    EXPECT_THAT(incomplete(), IsEmpty()) << "a complete snapshot makes them needless";
    ASSERT_TRUE(bring_back(*manifest.root).ok());
    EXPECT_EQ(contents_of(target), whole);
    fs::remove_all(target);
  }
}

TEST_F(Saving, CheckpointsDoNotShowInWhatIsSaved) {
  grow_tree();
  const std::string quiet = save().root->object;
  source = "/with checkpoints";
  HastyClock hasty(clock.now());
  const Result<Manifest> manifest = hurry(hasty, 3);
  ASSERT_TRUE(manifest.ok()) << to_string(manifest.error());
  EXPECT_EQ(manifest->root->object, quiet);
  EXPECT_THAT(incomplete(), IsEmpty());
}

TEST_F(Saving, WhatAStopCutsOffIsKeptAsAnIncompleteSnapshot) {
  grow_tree();
  HastyClock hasty(clock.now());
  hasty.stops_at = 60;
  const Result<Manifest> stopped = hurry(hasty, 2);
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code(), Code::cancelled);
  const std::vector<Manifest> left = incomplete();
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].incomplete, "canceled");
  EXPECT_THAT(stopped.error().hint(), ::testing::HasSubstr(left[0].id));
  ASSERT_TRUE(bring_back(*left[0].root).ok());
  EXPECT_THAT(problems, IsEmpty());
  const Manifest manifest = save();
  EXPECT_GT(progress->cached, 0U);
  EXPECT_LE(progress->cached, left[0].root->summary->files + left[0].root->summary->symlinks);
  EXPECT_THAT(incomplete(), IsEmpty());
}

TEST_F(Saving, OfAFileThatIsBeingReadTheBeginningIsKeptUnderANameOfItsOwn) {
  const std::string text = random_text(8 << 20);
  write("large", text);
  for (const bool is_source : {false, true}) {
    HastyClock hasty(clock.now());
    hasty.stops_at = 30;
    progress.emplace();
    clock.advance(std::chrono::hours(1));
    SnapshotRequest wanted = request(2);
    wanted.source.path = is_source ? "/file" : "/tree";
    const auto stopped = take_snapshot(is_source ? tree / "large" : tree, wanted, *repository, hasty, rng, *progress,
                                       remember(), hasty.source.get_token());
    ASSERT_FALSE(stopped.ok());
    EXPECT_EQ(stopped.error().code(), Code::cancelled);
    const std::vector<Manifest> left = incomplete();
    ASSERT_EQ(left.size(), is_source ? 2U : 1U);
    std::string begun;
    if (is_source) {
      EXPECT_TRUE(left[1].root->name.starts_with(".checkpointed.large."));
      const auto keep = [&](ByteView bytes) { return begun += as_text(bytes), Result<>(); };
      ASSERT_TRUE(repo::read_object(*repository, *repo::ObjectId::parse(left[1].root->object), keep, {}).ok());
    } else {
      ASSERT_TRUE(bring_back(*left[0].root).ok());
      const auto found = contents_of(target);
      ASSERT_EQ(found.size(), 1U);
      EXPECT_TRUE(found.begin()->first.starts_with(".checkpointed.large."));
      begun = found.begin()->second;
    }
    EXPECT_LT(begun.size(), text.size());
    EXPECT_TRUE(!begun.empty() && text.starts_with(begun));
  }
}

}  // namespace
}  // namespace salvor::snapshot
