#include "snapshot/verify.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "snapshot/repository_testing.h"
#include "snapshot/tree.h"

namespace salvor::snapshot {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Verifying : ::testing::Test {
  void SetUp() override {
    tree = {{"a/one", "1"},
            {"a/b/two", repository.random_text(5000)},
            {"a/b/large", repository.random_text(500'000)},
            {"c/one again", "1"},
            {"empty/", ""},
            {"none", ""}};
    first = repository.save(tree);
    tree["a/new"] = repository.random_text(3000);
    second = repository.save(tree);
  }
  struct Outcome {
    Verified verified;
    std::vector<std::string> paths;  // "0/a/one"
    std::string reason;              // the last
  };
  Outcome run(VerifyOptions options) {
    const auto opened = repository.open();
    const std::vector<VerifyRoot> roots{{"first", *first.root}, {"second", *second.root}};
    Outcome outcome;
    VerifyProgress progress;
    const auto verified = verify(*opened, roots, options, progress,
                                 [&](std::optional<std::size_t> root, const std::string& path, const Error& why) {
                                   outcome.paths.push_back((root ? std::to_string(*root) : "-") + "/" + path);
                                   outcome.reason = why.message();
                                 },
                                 {});
    EXPECT_TRUE(verified.ok()) << to_string(verified.error());
    if (verified.ok()) outcome.verified = *verified;
    EXPECT_EQ(outcome.paths.size(), outcome.verified.problems);
    return outcome;
  }
  std::vector<std::string> blobs(const std::string& prefix) {
    std::vector<std::string> keys;
    EXPECT_TRUE(repository.storage
                    .list(prefix, [&](const store::Entry& entry) { return keys.push_back(entry.key), Result<>(); }, {})
                    .ok());
    return keys;
  }

  TestRepository repository;
  std::map<std::string, std::string> tree;
  Manifest first, second;
};

TEST_F(Verifying, WhatIsWholeHasNoProblemsAtAnyDepth) {
  for (const std::uint32_t slices : {0U, 1U, 3U}) {
    for (const bool all : {false, true}) {
      const Outcome outcome = run({.slices = slices, .all_contents = all});
      EXPECT_THAT(outcome.paths, IsEmpty());
      // Two roots and two "a"; "b", "c" and "empty", which both have, count once.
      EXPECT_EQ(outcome.verified.directories, 7U);
      EXPECT_GE(outcome.verified.contents, 15U);
      if (slices == 1) {
        EXPECT_EQ(outcome.verified.read_contents, outcome.verified.contents);
        EXPECT_EQ(outcome.verified.read_bytes, outcome.verified.packed_bytes);
      }
    }
  }
}

TEST_F(Verifying, AFlippedBitIsFoundByReadingAndNamedByEveryPathThatHasIt) {
  repository.damage(repository.content_of(first, "a/one"));
  EXPECT_THAT(run({}).paths, IsEmpty());
  const Outcome outcome = run({.slices = 1});
  EXPECT_THAT(outcome.paths, ElementsAre("0/a/one", "0/c/one again", "1/a/one", "1/c/one again"));
  EXPECT_EQ(outcome.verified.damaged_contents, 1U);
  EXPECT_THAT(outcome.reason, HasSubstr("in pack p"));
}

TEST_F(Verifying, RunsOverAllSlicesFindWhatAFullOneFinds) {
  repository.damage(repository.content_of(first, "a/b/two"));
  std::size_t found = 0;
  for (std::uint32_t slice = 0; slice < 4; ++slice) {
    const Outcome outcome = run({.slices = 4, .slice = slice});
    if (outcome.paths.empty()) continue;
    EXPECT_THAT(outcome.paths, ElementsAre("0/a/b/two", "1/a/b/two"));
    ++found;
  }
  EXPECT_EQ(found, 1U);
}

TEST_F(Verifying, ADamagedDirectoryIsNamedInsteadOfWhatIsInIt) {
  repository.damage(repository.content_of(first, "a/b"));
  EXPECT_THAT(run({}).paths, ElementsAre("0/a/b", "1/a/b"));
}

TEST_F(Verifying, ADamagedRootOrListIsNamed) {
  repository.damage(repository.content_of(second, "a/b/large"));  // its list
  EXPECT_THAT(run({}).paths, ElementsAre("0/a/b/large", "1/a/b/large"));
  repository.damage(repository.content_of(first, ""));
  EXPECT_THAT(run({}).paths, ElementsAre("0/", "1/a/b/large"));
}

TEST_F(Verifying, AMissingPackIsFoundWithoutReading) {
  const std::string pack(repository.content_of(second, "a/new").pack_blob_id);
  repository.remove(pack);
  const Outcome outcome = run({});
  EXPECT_THAT(outcome.paths, ElementsAre("1/a/new"));
  EXPECT_THAT(outcome.reason, HasSubstr("the pack is missing"));
}

TEST_F(Verifying, ACutPackCostsWhatLiesBehindTheCut) {
  const repo::ContentEntry content = repository.content_of(second, "a/new");
  const std::string pack(content.pack_blob_id);
  repository.put(pack, ByteView(repository.blob(pack)).first(content.pack_offset + content.packed_length - 1));
  EXPECT_THAT(run({}).paths, ElementsAre("1/a/new"));
  EXPECT_THAT(run({.slices = 1}).paths, ElementsAre("1/a/new"));
}

TEST_F(Verifying, AMissingIndexCostsWhatOnlyItNames) {
  const auto before = blobs("xn");
  std::map<std::string, std::string> more = tree;
  more["c/third"] = "3";
  const Manifest third = repository.save(more);
  // The larger of the two that it wrote names its data, the other the manifest.
  std::string data;
  for (const std::string& index : blobs("xn")) {
    if (std::ranges::find(before, index) != before.end()) continue;
    if (data.empty() || repository.blob(index).size() > repository.blob(data).size()) data = index;
  }
  repository.remove(data);
  second = third;
  EXPECT_THAT(run({}).paths, ElementsAre("1/"));
  EXPECT_THAT(run({}).reason, HasSubstr("is in no index"));
}

TEST_F(Verifying, ContentsThatNoSnapshotNeedsAreVerifiedWithAllContents) {
  const repo::ContentEntry content = repository.content_of(second, "a/new");
  repository.damage(content);
  second = first;
  EXPECT_THAT(run({.slices = 1}).paths, IsEmpty());
  EXPECT_THAT(run({.slices = 1, .all_contents = true}).paths, ElementsAre("-/"));
}

TEST(Slices, HoldEveryPackOnceAndAboutAsManyEach) {
  SeededRng rng(3);
  std::vector<int> counts(10);
  for (int i = 0; i < 10'000; ++i) ++counts[slice_of("p" + rng.hex(16) + "-s" + rng.hex(8) + "147", 10)];
  for (const int count : counts) {
    EXPECT_GT(count, 800);
    EXPECT_LT(count, 1200);
  }
  EXPECT_EQ(slice_of("p0123", 1), 0U);
}

}  // namespace
}  // namespace salvor::snapshot
