// Writing, reading through the index, and what happens when bytes are not what they were.
#include "archive/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "archive/archive_testing.h"
#include "base/guarded.h"
#include "base/sanitized_testing.h"
#include "crypto/sha256.h"

namespace salvor::archive {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Section kSecrets = make_section("secrets", "v1", "Secret", true);
const Section kNamespaces = make_section("namespaces", "v1", "Namespace", false);

TEST(Archive, GivesBackEveryObjectThatSeveralLanesWrote) {
  for (const int lanes : {1, 4}) {
    SeededRng rng(21);
    const auto objects = random_objects(rng, 1500);
    TestBackup backup;
    auto totals = backup.write(objects, {.member_bytes = 100'000}, lanes);
    ASSERT_TRUE(totals.ok()) << totals.error().message();
    EXPECT_EQ(totals->objects, objects.size());
    EXPECT_EQ(totals->archive_bytes, backup.bytes(TestBackup::kArchive).size());
    EXPECT_EQ(totals->archive_hash, crypto::sha256(as_bytes(backup.bytes(TestBackup::kArchive))));
    auto archive = backup.open();
    ASSERT_TRUE(archive.ok()) << archive.error().message();
    EXPECT_TRUE((*archive)->has_index());
    auto all = contents(**archive);
    ASSERT_TRUE(all.ok()) << all.error().message();
    EXPECT_EQ(*all, expected_contents(objects));
    EXPECT_THAT(problems(**archive), IsEmpty());
  }
}

TEST(Archive, ListsRecordsInTheOrderOfTheApiServer) {
  SeededRng rng(22);
  TestBackup backup;
  std::vector<TestObject> objects;
  for (const char* ns : {"a", "a-b", "a0", "b"}) {
    for (const char* name : {"x", "x-y", "x.y", "x0"}) objects.push_back(make_object(kSecrets, ns, name, 5, rng));
  }
  std::ranges::reverse(objects);
  ASSERT_TRUE(backup.write(objects).ok());
  auto archive = backup.open();
  ASSERT_TRUE(archive.ok());
  std::vector<std::string> keys;
  ASSERT_TRUE((*archive)
                  ->records(kSecrets,
                            [&](const Record& record) -> Result<> {
                              keys.push_back(record.ns + "/" + record.name);
                              return {};
                            },
                            {})
                  .ok());
  EXPECT_THAT(keys, SizeIs(16));
  EXPECT_TRUE(std::ranges::is_sorted(keys));
  EXPECT_EQ(keys.front(), "a-b/x");
}

TEST(Archive, FindsOneObjectAndNothingThatIsNotThere) {
  SeededRng rng(23);
  const auto objects = random_objects(rng, 2000);
  TestBackup backup;
  ASSERT_TRUE(backup.write(objects).ok());
  auto archive = backup.open();
  ASSERT_TRUE(archive.ok());
  for (const TestObject& object : objects) {
    auto record = (*archive)->find(object.section, object.ns, object.name, {});
    ASSERT_TRUE(record.ok() && record->has_value()) << object.name;
    auto text = (*archive)->read(object.section, **record, {});
    ASSERT_TRUE(text.ok());
    EXPECT_EQ(*text, object.text);
  }
  const auto finds = [&](const Section& section, std::string_view ns, std::string_view name) {
    auto record = (*archive)->find(section, ns, name, {});
    return !record.ok() || record->has_value();
  };
  EXPECT_FALSE(finds(kSecrets, "a", "absent"));
  EXPECT_FALSE(finds(kSecrets, "", "o"));
  EXPECT_FALSE(finds(kNamespaces, "a", objects[0].name));
  EXPECT_FALSE(finds(kSecrets, "\x01", ""));
  EXPECT_FALSE(finds(kSecrets, "zzz", "zzz"));
  EXPECT_FALSE(finds(make_section("nothing", "v1", "Nothing", true), "a", "x"));
}

TEST(Archive, HoldsNothingButItsVersionWhenThereAreNoObjects) {
  TestBackup backup;
  auto totals = backup.write({});
  ASSERT_TRUE(totals.ok());
  EXPECT_EQ(totals->objects, 0U);
  auto archive = backup.open();
  ASSERT_TRUE(archive.ok()) << archive.error().message();
  EXPECT_THAT((*archive)->sections(), IsEmpty());
  EXPECT_THAT(problems(**archive), IsEmpty());
}

TEST(Writer, RefusesNamesThatCouldLeaveTheirFolder) {
  TestBackup backup;
  auto stream = backup.storage.create("a", store::Exists::replace, {});
  auto writer = Writer::create(*std::move(stream), "/tmp", {});
  ASSERT_TRUE(writer.ok());
  const auto lane = (*writer)->lane();
  const auto code_of = [&](const Section& section, std::string_view ns, std::string_view name) {
    auto added = lane->add(section, ns, name, "{}");
    return added.ok() ? "added" : to_string(added.error().code());
  };
  using namespace std::string_view_literals;
  for (std::string_view name : {""sv, "."sv, ".."sv, "a/b"sv, "../x"sv, "a\0b"sv, "a\nb"sv, "\xff"sv}) {
    EXPECT_EQ(code_of(kSecrets, "ns", name), "invalid") << name;
    EXPECT_EQ(code_of(kSecrets, name, "name"), "invalid") << name;
    EXPECT_EQ(code_of(make_section(std::string(name), "v1", "X", true), "ns", "name"), "invalid") << name;
    EXPECT_EQ(code_of(make_section("xs", std::string(name), "X", true), "ns", "name"), "invalid") << name;
  }
  EXPECT_EQ(code_of(make_section("xs", "cluster", "X", true), "ns", "name"), "invalid");
  EXPECT_EQ(code_of(make_section("xs", "v1-preferredversion", "X", true), "ns", "name"), "invalid");
  EXPECT_EQ(code_of(kNamespaces, "ns", "name"), "invalid");
  EXPECT_EQ(code_of(kSecrets, "ns", std::string(1025, 'x')), "invalid");
  EXPECT_EQ(code_of(kSecrets, "ns", "name"), "added");
  EXPECT_EQ(code_of(make_section("secrets", "v1", "Other", true), "ns", "other"), "invalid");
}

TEST(Writer, FailsWhenAnObjectIsAddedTwice) {
  SeededRng rng(24);
  TestBackup backup;
  const TestObject object = make_object(kSecrets, "team", "db", 5, rng);
  auto totals = backup.write({object, make_object(kSecrets, "team", "other", 5, rng), object}, {}, 2);
  ASSERT_FALSE(totals.ok());
  EXPECT_EQ(totals.error().code(), Code::already_exists);
  EXPECT_THAT(totals.error().message(), HasSubstr("secrets (v1): \"team/db\""));
  EXPECT_FALSE(*store::exists(backup.storage, TestBackup::kIndex, {}));
}

TEST(Writer, NamesEverySectionAndObjectInOrderAfterFinish) {
  SeededRng rng(25);
  TestBackup backup;
  auto writer = Writer::create(*backup.storage.create("a", store::Exists::replace, {}), "/tmp", {});
  ASSERT_TRUE(writer.ok());
  const auto lane = (*writer)->lane();
  const auto add = [&](const Section& section, const char* ns, const char* name) {
    const TestObject object = make_object(section, ns, name, 3, rng);
    EXPECT_TRUE(lane->add(object.section, object.ns, object.name, object.text).ok());
  };
  add(kSecrets, "b", "x");
  add(make_section("deployments.apps", "v1", "Deployment", true), "b", "web");
  add(kNamespaces, "", "b");
  add(kSecrets, "a", "y");
  add(kSecrets, "a-b", "z");
  // The lane is still open: finish() takes what it holds.
  ASSERT_TRUE((*writer)->finish().ok());
  std::vector<std::string> seen;
  const Writer::Listener listener{.section = [&](const Section& section) -> Result<> {
                                    seen.push_back(section.api_version() + "/" + section.kind);
                                    return {};
                                  },
                                  .name = [&](std::string_view ns, std::string_view name) -> Result<> {
                                    seen.push_back(std::string(ns) + "|" + std::string(name));
                                    return {};
                                  }};
  ASSERT_TRUE((*writer)->write_index(*backup.storage.create("i", store::Exists::replace, {}), listener, {}).ok());
  EXPECT_THAT(seen,
              ElementsAre("apps/v1/Deployment", "b|web", "v1/Namespace", "|b", "v1/Secret", "a-b|z", "a|y", "b|x"));
}

// Fails the n-th write, as a full disk would.
class FullStream final : public store::WriteStream {
 public:
  explicit FullStream(int writes) : left_(writes) {}
  Result<> write(ByteView) override {
    if (left_-- > 0) return {};
    return Error(Code::out_of_space, "disk full");
  }
  Result<> commit() override {
    ADD_FAILURE() << "committed an archive with a hole";
    return {};
  }

 private:
  int left_;
};

TEST(Writer, ReportsAFullDiskAndNeverCommits) {
  SeededRng rng(26);
  const auto objects = random_objects(rng, 60);
  for (int writes = 0; writes < 8; ++writes) {
    TestBackup backup;
    auto writer = Writer::create(std::make_unique<FullStream>(writes), "/tmp", {.member_bytes = 20'000});
    if (!writer.ok()) {
      EXPECT_EQ(writer.error().code(), Code::out_of_space);
      continue;
    }
    {
      const auto lane = (*writer)->lane();
      for (const TestObject& object : objects) {
        if (!lane->add(object.section, object.ns, object.name, object.text).ok()) break;
      }
    }
    const auto totals = (*writer)->finish();
    ASSERT_FALSE(totals.ok());
    EXPECT_EQ(totals.error().code(), Code::out_of_space);
  }
}

TEST(Archive, KeepsLargeObjectsWhole) {
  SeededRng rng(27);
  TestBackup backup;
  const std::vector<TestObject> objects = {make_object(kSecrets, "a", "small", 10, rng),
                                           make_object(kSecrets, "a", "large", 5'000'000, rng),
                                           make_object(kSecrets, "a", "small-too", 10, rng)};
  ASSERT_TRUE(backup.write(objects).ok());
  auto archive = backup.open();
  ASSERT_TRUE(archive.ok());
  EXPECT_EQ(*contents(**archive), expected_contents(objects));
  EXPECT_THAT(problems(**archive), IsEmpty());
}

TEST(Archive, IsReadByManyThreadsAtOnce) {
  SeededRng rng(28);
  const auto objects = random_objects(rng, 400);
  TestBackup backup;
  ASSERT_TRUE(backup.write(objects, {.member_bytes = 50'000}).ok());
  auto archive = backup.open();
  ASSERT_TRUE(archive.ok());
  std::vector<std::jthread> threads;
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = t; i < objects.size(); i += 3) {
        auto record = (*archive)->find(objects[i].section, objects[i].ns, objects[i].name, {});
        ASSERT_TRUE(record.ok() && record->has_value());
        EXPECT_EQ(*(*archive)->read(objects[i].section, **record, {}), objects[i].text);
      }
    });
  }
}

TEST(Archive, StopsWhenAsked) {
  SeededRng rng(29);
  TestBackup backup;
  ASSERT_TRUE(backup.write(random_objects(rng, 50)).ok());
  auto archive = backup.open();
  ASSERT_TRUE(archive.ok());
  std::stop_source stop;
  stop.request_stop();
  auto verified = (*archive)->verify([](const std::string&) {}, nullptr, stop.get_token());
  ASSERT_FALSE(verified.ok());
  EXPECT_EQ(verified.error().code(), Code::cancelled);
}

// Bits flipped by the tests below: each one, or a sample of all bytes and places in them.
constexpr std::size_t kBitStep = kIsSanitized ? 7 : 1;

// One flipped bit anywhere in archive or index: an error, a report, or the very same objects, but nothing else.
class Damage : public ::testing::Test {
 protected:
  void SetUp() override {
    SeededRng rng(30);
    for (int i = 0; i < 6; ++i) objects_.push_back(make_object(kSecrets, "ns", "s" + std::to_string(i), 40, rng));
    objects_.push_back(make_object(kNamespaces, "", "ns", 40, rng));
    ASSERT_TRUE(backup_.write(objects_, {.member_bytes = 8192}).ok());
    archive_ = backup_.bytes(TestBackup::kArchive);
    index_ = backup_.bytes(TestBackup::kIndex);
  }

  // True when what can be read of the backup is right, and verify says whether it is whole.
  void expect_honest(bool must_be_noticed, const std::string& what) {
    auto archive = backup_.open();
    if (!archive.ok()) {
      EXPECT_EQ(archive.error().code(), Code::corrupt) << what << archive.error().message();
      return;
    }
    const auto expected = expected_contents(objects_);
    auto all = contents(**archive);
    if (all.ok()) {
      EXPECT_EQ(*all, expected) << what;
    } else {
      EXPECT_EQ(all.error().code(), Code::corrupt) << what << all.error().message();
    }
    const auto found = problems(**archive);
    const bool is_noticed = !found.empty() || !(*archive)->has_index();
    EXPECT_TRUE(is_noticed || (all.ok() && !must_be_noticed)) << what;
  }

  std::vector<TestObject> objects_;
  TestBackup backup_;
  std::string archive_, index_;
};

TEST_F(Damage, OfAnyBitOfTheArchiveIsNoticed) {
  for (std::size_t bit = 0; bit < archive_.size() * 8; bit += kBitStep) {
    std::string damaged = archive_;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    backup_.put(TestBackup::kArchive, damaged);
    expect_honest(true, "archive bit " + std::to_string(bit) + " ");
  }
}

TEST_F(Damage, OfAnyBitOfTheIndexIsNoticed) {
  for (std::size_t bit = 0; bit < index_.size() * 8; bit += kBitStep) {
    std::string damaged = index_;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    backup_.put(TestBackup::kIndex, damaged);
    expect_honest(true, "index bit " + std::to_string(bit) + " ");
  }
}

TEST_F(Damage, OfACutArchiveIsNoticedAtEveryLength) {
  for (std::size_t size = 0; size < archive_.size(); ++size) {
    backup_.put(TestBackup::kArchive, archive_.substr(0, size));
    auto archive = backup_.open();
    ASSERT_FALSE(archive.ok()) << size;
    EXPECT_EQ(archive.error().code(), Code::corrupt);
  }
}

TEST_F(Damage, OfACutIndexIsNoticedAtEveryLength) {
  for (std::size_t size = 0; size < index_.size(); ++size) {
    backup_.put(TestBackup::kIndex, index_.substr(0, size));
    auto archive = backup_.open();
    ASSERT_FALSE(archive.ok()) << size;
    EXPECT_EQ(archive.error().code(), Code::corrupt);
    EXPECT_THAT(archive.error().hint(), HasSubstr("move the index away"));
  }
}

TEST_F(Damage, OfAnIndexLeavesTheArchiveReadableWithoutIt) {
  backup_.put(TestBackup::kIndex, index_.substr(1));
  auto options = TestBackup::options();
  options.index_key.clear();
  auto archive = backup_.open(options);
  ASSERT_TRUE(archive.ok()) << archive.error().message();
  EXPECT_FALSE((*archive)->has_index());
  EXPECT_EQ(*contents(**archive), expected_contents(objects_));
}

TEST_F(Damage, ByAnotherBackupsIndexIsNoticed) {
  SeededRng rng(31);
  TestBackup other;
  ASSERT_TRUE(other.write({make_object(kSecrets, "x", "y", 999, rng)}).ok());
  backup_.put(TestBackup::kIndex, other.bytes(TestBackup::kIndex));
  auto archive = backup_.open();
  ASSERT_TRUE(archive.ok());
  EXPECT_FALSE((*archive)->has_index());
  EXPECT_THAT((*archive)->why_no_index(), HasSubstr("belongs to another archive"));
  EXPECT_EQ(*contents(**archive), expected_contents(objects_));
}

TEST_F(Damage, BySwappedMembersOfTheSameSizeIsNoticed) {
  // Two archives of equal shape: the second one's bytes under the first one's index, tail included.
  std::string swapped = archive_;
  std::swap_ranges(swapped.begin() + 100, swapped.begin() + 150, swapped.begin() + 200);
  backup_.put(TestBackup::kArchive, swapped);
  expect_honest(true, "swapped ");
}

}  // namespace
}  // namespace salvor::archive
