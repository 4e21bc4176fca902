#include "snapshot/entry_rules.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "os/temporary_directory.h"

namespace salvor::snapshot {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Rules : ::testing::Test {
  void policy(const std::string& below, const std::string& json) {
    repo::Labels labels{{"type", "policy"},
                        {"policyType", "path"},
                        {"hostname", "h"},
                        {"username", "u"},
                        {"path", below.empty() ? "/src" : "/src/" + below}};
    manifests.merge({.id = "id" + below, .labels = labels, .modified = {}, .data = json});
  }
  void file(const std::string& path, const std::string& text = "x") {
    fs::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text;
  }
  std::unique_ptr<EntryRules> rules(EntryRules::Options options = {}) {
    auto made = EntryRules::make(Policies(manifests), {"h", "u", "/src"}, options);
    EXPECT_TRUE(made.ok());
    return *std::move(made);
  }
  // Everything that is saved, directories with a slash; what cannot be entered with the error's code.
  std::set<std::string> saved(const EntryRules& rules, Excluded& excluded) {
    const SourceTree tree = *SourceTree::open(root);
    std::set<std::string> all;
    walk(rules, tree, nullptr, "", excluded, all);
    return all;
  }
  std::set<std::string> saved() {
    Excluded excluded;
    return saved(*rules(), excluded);
  }

  os::TemporaryDirectory temporary = *os::TemporaryDirectory::make();
  const fs::path root = temporary.path();
  repo::ManifestSet manifests;

 private:
  void walk(const EntryRules& rules, const SourceTree& tree, const DirectoryRules* above, const std::string& path,
            Excluded& excluded, std::set<std::string>& all) {
    const auto entered = rules.enter(tree, above, path, excluded);
    if (!entered.ok()) {
      all.insert(path + ": " + std::string(to_string(entered.error().code())));
      return;
    }
    const DirectoryRules& here = **entered;
    if (!path.empty()) all.insert(path + "/");
    if (here.is_cache()) return;
    std::vector<std::string> below;
    const Result<> listed = tree.open_directory(path)->list([&](Found found) {
      const std::string its = path.empty() ? found.entry.name : path + "/" + found.entry.name;
      if (!here.takes(its, found, excluded)) return Result<>();
      (found.entry.type == EntryType::directory ? below : names_).push_back(its);
      return Result<>();
    });
    EXPECT_TRUE(listed.ok());
    all.insert(names_.begin(), names_.end());
    names_.clear();
    for (const std::string& directory : below) walk(rules, tree, &here, directory, excluded, all);
  }
  std::vector<std::string> names_;
};

TEST_F(Rules, OfDotFilesCountFromTheirDirectoryOnAndMayTakeBack) {
  file("a.tmp");
  file("deep/a.tmp");
  file("deep/keep.tmp");
  file("deep/er/keep.tmp");
  file("deep/er/only-here");
  file("only-here");
  file(".kopiaignore", "# comment\r\n\n*.tmp\n");
  file("deep/.kopiaignore", "!keep.tmp\n");
  file("deep/er/.kopiaignore", "/only-here\n");
  Excluded excluded;
  EXPECT_THAT(saved(*rules(), excluded),
              ElementsAre(".kopiaignore", "deep/", "deep/.kopiaignore", "deep/er/", "deep/er/.kopiaignore",
                          "deep/er/keep.tmp", "deep/keep.tmp", "only-here"));
  // As stock counts: once for each of the rules' files on the way that leaves an entry out, taken back or not.
  EXPECT_EQ(excluded.files, 1U + 2U + 1U + 1U + 1U);
  EXPECT_EQ(excluded.bytes, excluded.files.load());
}

TEST_F(Rules, MayBeReachedByALinkAndAWrongOneCostsTheDirectory) {
  file("rules", "x\n");
  file("a/x");
  file("b/x");
  file("c/x");
  fs::create_symlink("../rules", root / "a/.kopiaignore");
  fs::create_symlink("nowhere", root / "b/.kopiaignore");
  file("c/.kopiaignore", "[\n");
  EXPECT_THAT(saved(), ElementsAre("a/", "a/.kopiaignore", "b: invalid", "c: invalid", "rules"));
}

TEST_F(Rules, AfterALineThatIsTooLongAreNotRead) {
  file("x");
  file("y");
  file(".kopiaignore", "x\n" + std::string(65'535, 'z') + "\n" + std::string(65'536, 'z') + "\ny\n");
  EXPECT_THAT(saved(), ElementsAre(".kopiaignore", "y"));
}

TEST_F(Rules, OfAPolicyComeBeforeThoseOfFilesAndOthersAreNamedByIt) {
  policy("", R"({"files":{"ignore":["*.a"],"ignoreDotFiles":[".rules"]}})");
  file("x.a");
  file("y.a");
  file("z");
  file(".rules", "!x.a\n");
  file(".kopiaignore", "z\n");
  EXPECT_THAT(saved(), ElementsAre(".kopiaignore", ".rules", "x.a", "z"));
}

TEST_F(Rules, SaveACacheDirectoryAsAnEmptyOneUnlessThePolicySaysNo) {
  file("cache/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\nmore\n");
  file("cache/x");
  file("other/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc5");
  Excluded excluded;
  EXPECT_THAT(saved(*rules(), excluded), ElementsAre("cache/", "other/", "other/CACHEDIR.TAG"));
  EXPECT_EQ(excluded.directories, 1U);
  policy("", R"({"files":{"ignoreCacheDirs":false}})");
  EXPECT_THAT(saved(), ElementsAre("cache/", "cache/CACHEDIR.TAG", "cache/x", "other/", "other/CACHEDIR.TAG"));
}

TEST_F(Rules, LeaveOutLargeFilesAndDoNotCountThem) {
  policy("", R"({"files":{"maxFileSize":3}})");
  file("abc", "abc");
  file("abcd", "abcd");
  file("below/abcd", "abcd");
  Excluded excluded;
  EXPECT_THAT(saved(*rules(), excluded), ElementsAre("abc", "below/"));
  EXPECT_EQ(excluded.files, 0U);
}

TEST_F(Rules, StayOnOneFileSystemWhereThePolicySaysSo) {
  const EntryRules::Options options;
  policy("", R"({"files":{"oneFileSystem":true}})");
  const auto made = rules(options);
  Excluded excluded;
  const auto here = *made->enter(*SourceTree::open(root), nullptr, "", excluded);
  Found found{.entry = {.name = "a", .type = EntryType::directory}, .kind = {}, .other_filesystem = true};
  EXPECT_FALSE(here->takes("a", found, excluded));
  found.other_filesystem = false;
  EXPECT_TRUE(here->takes("a", found, excluded));
}

// Stock does not merge it with that of the root.
TEST_F(Rules, OfAPolicyBelowTakeThePlaceOfTheRootsPolicy) {
  policy("", R"({"files":{"ignore":["x"],"maxFileSize":3},"compression":{"compressorName":"zstd"},)"
             R"("errorHandling":{"ignoreFileErrors":true,"ignoreDirectoryErrors":true}})");
  policy("below", R"({"files":{"ignore":["y"]}})");
  file("below/x");
  file("below/y");
  file("below/large", "large");
  file("below/.kopiaignore", "z\n");
  file("below/z");
  EXPECT_THAT(saved(), ElementsAre("below/", "below/.kopiaignore", "below/z"));
  const auto made = rules();
  const SourceTree tree = *SourceTree::open(root);
  Excluded excluded;
  const auto top = *made->enter(tree, nullptr, "", excluded);
  const auto below = *made->enter(tree, top.get(), "below", excluded);
  const DirEntry entry{.name = "f", .type = EntryType::file, .size = 9};
  EXPECT_EQ(top->storing_of(entry).compression, 0x1100U);
  EXPECT_EQ(below->storing_of(entry).compression, repo::kNoCompression);
  EXPECT_EQ(top->file_failure(), Failure::ignored);
  EXPECT_EQ(below->file_failure(), Failure::fatal);
  EXPECT_EQ(top->directory_failure("other"), Failure::ignored);
  EXPECT_EQ(top->directory_failure("below"), Failure::fatal);
}

TEST_F(Rules, ChooseTheCompressionByExtensionAndSize) {
  policy("", R"({"compression":{"compressorName":"gzip","neverCompress":[".jpg",".zip"],"onlyCompress":[".zip"],)"
             R"("minSize":10,"maxSize":100},"metadataCompression":{"compressorName":"none"},)"
             R"("splitter":{"algorithm":"FIXED-1M"}})");
  policy("special", R"({"compression":{"compressorName":"s2-default"}})");
  const auto made = rules();
  Excluded excluded;
  const auto here = *made->enter(*SourceTree::open(root), nullptr, "", excluded);
  const auto of = [&](std::string name, std::uint64_t size, EntryType type = EntryType::file) {
    return here->storing_of({.name = std::move(name), .type = type, .size = size}).compression;
  };
  EXPECT_EQ(of("a", 10), 0x1000U);
  EXPECT_EQ(of("a", 9), repo::kNoCompression);
  EXPECT_EQ(of("a", 101), repo::kNoCompression);
  EXPECT_EQ(of("a.jpg", 50), repo::kNoCompression);
  EXPECT_EQ(of(".jpg", 50), repo::kNoCompression);
  EXPECT_EQ(of("a.zip", 50), 0x1000U) << "stock lets the one list win over the other";
  EXPECT_EQ(of("a", 50, EntryType::symlink), repo::kNoCompression);
  EXPECT_EQ(of("special", 50), 0x1200U) << "a file may have a policy of its own";
  EXPECT_EQ(here->storing_of({.name = "a"}).splitter, "FIXED-1M");
  EXPECT_EQ(here->metadata_compression(), repo::kNoCompression);

  const auto forced = rules({.compression = 0x1101});
  const auto there = *forced->enter(*SourceTree::open(root), nullptr, "", excluded);
  EXPECT_EQ(there->storing_of({.name = "a.jpg", .type = EntryType::file, .size = 1}).compression, 0x1101U);
}

TEST_F(Rules, SayWhatIsNotObeyed) {
  policy("", R"({"actions":{"beforeSnapshotRoot":{"path":"/bin/x"},"afterFolder":{"path":"/bin/y"}},)"
             R"("compression":{"compressorName":"pgzip"},"splitter":{"algorithm":"CUT"}})");
  policy("below", R"({"actions":{"beforeFolder":{"script":"z"}},"compression":{"compressorName":"pack"}})");
  EXPECT_THAT(rules()->warnings(),
              ElementsAre(HasSubstr("action beforeSnapshotRoot"), HasSubstr("action afterFolder"),
                          HasSubstr("splitter CUT"), HasSubstr("pgzip, which is not offered: gzip is used"),
                          HasSubstr("action beforeFolder"), HasSubstr("compressor pack, which is not known")));
  manifests = {};
  EXPECT_THAT(rules()->warnings(), IsEmpty());
}

TEST(WritableCompression, IsTheOneNamedOrOneOfItsKind) {
  EXPECT_EQ(writable_compression("zstd-fastest"), 0x1101U);
  EXPECT_EQ(writable_compression("none"), repo::kNoCompression);
  EXPECT_EQ(writable_compression(""), repo::kNoCompression);
  EXPECT_EQ(writable_compression("pgzip-best-speed"), 0x1000U);
  EXPECT_EQ(writable_compression("s2-parallel-8"), 0x1200U);
  EXPECT_EQ(writable_compression("lz4"), 0x1200U);
  EXPECT_EQ(writable_compression("deflate-default"), 0x1000U);
  EXPECT_EQ(writable_compression("pack"), std::nullopt);
}

}  // namespace
}  // namespace salvor::snapshot
