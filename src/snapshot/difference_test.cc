#include "snapshot/difference.h"

#include <gmock/gmock.h>

#include "repo/manifest_writer.h"
#include "repo/object_writer.h"
#include "snapshot/entry_stream.h"
#include "snapshot/repository_testing.h"
#include "snapshot/tree.h"

namespace salvor::snapshot {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::string line_of(const Difference& one) {
  if (!one.before) return "+" + one.path;
  if (!one.after) return "-" + one.path;
  std::string line = one.path + ":";
  if (one.type()) line += " type";
  if (one.mode()) line += " mode";
  if (one.owner()) line += " owner";
  if (one.time()) line += " time";
  if (one.size()) line += " size";
  if (one.content()) line += " content";
  return line;
}

struct Comparing : ::testing::Test {
  std::vector<std::string> lines(const DirEntry& before, const DirEntry& after) {
    std::vector<std::string> all;
    problems.clear();
    const auto opened = repository.open();
    const Result<> compared = compare(
        *opened, before, after, [&](const Difference& one) { return all.push_back(line_of(one)), Result<>(); },
        [&](const std::string& path, const Error&) { problems.push_back(path); }, {});
    EXPECT_TRUE(compared.ok()) << to_string(compared.error());
    return all;
  }
  TestRepository repository;
  std::vector<std::string> problems;
};

TEST_F(Comparing, TellsWhatWasAddedRemovedAndChanged) {
  const Manifest before =
      repository.save({{"a/same", "1"}, {"a/gone", "2"}, {"b/c/x", "3"}, {"large", "4"}, {"z/", ""}});
  const Manifest after =
      repository.save({{"a/same", "1"}, {"a/new", "5"}, {"d/e/y", "6"}, {"large", "44"}, {"z/", ""}});
  EXPECT_THAT(lines(*before.root, *after.root), UnorderedElementsAre("-a/gone", "+a/new", "-b", "-b/c", "-b/c/x", "+d",
                                                                     "+d/e", "+d/e/y", "large: size content"));
  EXPECT_THAT(lines(*before.root, *before.root), IsEmpty());
}

TEST_F(Comparing, AFileThatBecameADirectoryIsOneChangeAndNotWalked) {
  const Manifest before = repository.save({{"a", "1"}, {"b/x", "2"}, {"m/x", "3"}});
  const Manifest after = repository.save({{"a/x", "1"}, {"b", "2"}, {"m/x", "3"}});
  EXPECT_THAT(lines(*before.root, *after.root), UnorderedElementsAre("a: type mode", "b: type mode"));
}

TEST_F(Comparing, AttributesOfTheRootsCount) {
  const Manifest snapshot = repository.save({{"a", "1"}});
  DirEntry other = *snapshot.root;
  other.mode = 0700;
  other.uid = 7;
  other.modified += std::chrono::nanoseconds(1);
  EXPECT_THAT(lines(*snapshot.root, other), ElementsAre(": mode owner time"));
}

TEST_F(Comparing, ADirectoryThatCannotBeReadIsToldAndTheRestIsCompared) {
  const Manifest before = repository.save({{"a/b/x", "1"}, {"c/x", "2"}});
  const Manifest after = repository.save({{"a/b/x", "3"}, {"c/x", "4"}});
  repository.damage(repository.content_of(before, "a/b"));
  EXPECT_THAT(lines(*before.root, *after.root), ElementsAre("c/x: content"));
  EXPECT_THAT(problems, ElementsAre("a/b"));
}

TEST_F(Comparing, ADirectoryOfManyContentsComesEntryByEntry) {
  std::map<std::string, std::string> files;
  for (int i = 0; i < 3000; ++i) files["d/" + std::to_string(i)] = std::to_string(i % 7);
  const Manifest snapshot = repository.save(files);
  // The same directory once more, cut as files of its size are.
  std::string text;
  const auto opened = repository.open();
  const DirEntry whole = *entry_at(*opened, *snapshot.root, "d", {});
  ASSERT_TRUE(repo::read_object(*opened, *repo::ObjectId::parse(whole.object),
                                [&](ByteView piece) { return text += as_text(piece), Result<>(); }, {})
                  .ok());
  const auto contents =
      *repo::ContentWriter::create(*opened, {.user = "user", .host = "host"}, repository.clock, repository.rng);
  auto object = *repo::ObjectWriter::create(*contents, "FIXED-128K", {.prefix = repo::kDirectoryPrefix});
  ASSERT_TRUE(object.write(as_bytes(text), {}).ok());
  DirEntry cut = whole;
  cut.object = *object.finish({});
  ASSERT_TRUE(contents->flush({}).ok());
  EXPECT_TRUE(cut.object.starts_with("Ik"));
  EntryStream stream = *EntryStream::open(*opened, cut, {});
  std::size_t entries = 0;
  std::string last;
  while (auto entry = *stream.next()) {
    EXPECT_LT(last, entry->name);
    last = entry->name;
    ++entries;
  }
  EXPECT_EQ(entries, 3000U);
  EXPECT_THAT(lines(whole, cut), IsEmpty());
}

}  // namespace
}  // namespace salvor::snapshot
