// What damage costs those who only read: indexes and manifests.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "repo/content_writer.h"
#include "snapshot/repository_testing.h"
#include "snapshot/tree.h"

namespace salvor::snapshot {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

std::vector<std::string> blobs(TestRepository& repository, const std::string& prefix) {
  std::vector<std::string> all;
  const auto keep = [&](const repo::BlobMetadata& blob) { return all.push_back(blob.id), Result<>(); };
  EXPECT_TRUE(repo::BlobStore::flat(repository.storage, "").list(prefix, keep, {}).ok());
  return all;
}

std::vector<std::string> ids_of(const Snapshots& snapshots) {
  std::vector<std::string> all;
  for (const Manifest& one : snapshots.all) all.push_back(one.id);
  return all;
}

struct TwoSnapshots {
  TestRepository repository;
  const Manifest first = repository.save({{"a", "first"}});
  const std::vector<std::string> before = blobs(repository, "xn");
  const Manifest second = repository.save({{"b", "second"}});
};

// What a test damages is whole again at its end.
struct Damaged : ::testing::Test {
  static void SetUpTestSuite() { saved.emplace(); }
  static void TearDownTestSuite() { saved.reset(); }
  void TearDown() override {
    for (const auto& [id, bytes] : whole) repository.put(id, bytes);
  }
  void keep(const std::string& blob) { whole.emplace(blob, repository.blob(blob)); }

  static inline std::optional<TwoSnapshots> saved;
  TestRepository& repository = saved->repository;
  const Manifest& first = saved->first;
  const Manifest& second = saved->second;
  std::map<std::string, Bytes> whole;
};

TEST_F(Damaged, AnIndexCostsOnlyReadersWhatItAloneNames) {
  std::set<std::string> lost;
  for (const std::string& index : blobs(repository, "xn")) {
    if (std::ranges::find(saved->before, index) != saved->before.end()) continue;
    keep(index);
    lost.insert(index);
    Bytes bytes = repository.blob(index);
    bytes[bytes.size() / 2] ^= std::byte{1};
    repository.put(index, bytes);
  }
  const auto opened = repository.open(repo::OnDamage::skip);
  const auto view = opened->indexes();
  std::set<std::string> told;
  for (const repo::DamagedIndex& one : view->damaged()) told.insert(one.blob);
  EXPECT_EQ(told, lost);
  EXPECT_EQ(ids_of(*list_snapshots(*opened, {}, {})), std::vector{first.id});
  EXPECT_TRUE(entry_at(*opened, *first.root, "a", {}).ok());
  EXPECT_EQ(entry_at(*opened, *second.root, "b", {}).error().code(), Code::not_found);
  // It would take for new what the lost index has, and for gone what it says is there.
  const auto writer =
      repo::ContentWriter::create(*opened, {.user = "user", .host = "host"}, repository.clock, repository.rng);
  ASSERT_FALSE(writer.ok());
  EXPECT_THAT(writer.error().message(), HasSubstr("not written to"));
  for (const std::string& index : lost) repository.remove(index);
  EXPECT_THAT(repository.open()->indexes()->damaged(), SizeIs(0));
}

TEST_F(Damaged, AContentOfManifestsCostsOnlyThose) {
  const auto opened = repository.open();
  const auto view = opened->indexes();
  auto stream = view->contents().with_prefix(repo::kManifestContentPrefix);
  std::size_t tried = 0;
  while (const auto content = *stream.next()) {
    ++tried;
    keep(std::string(content->pack_blob_id));
    repository.damage(*content);
    EXPECT_EQ(list_snapshots(*opened, {}, {}).error().code(), Code::corrupt);
    const Snapshots readable = *list_readable_snapshots(*opened, {}, {});
    ASSERT_THAT(readable.lost, SizeIs(1));
    EXPECT_THAT(readable.lost.front().message(), HasSubstr(to_string(content->id)));
    for (const Manifest* one : {&first, &second}) {
      const auto found = find_root(*opened, one->id, {});
      const auto listed = ids_of(readable);
      EXPECT_EQ(found.ok(), std::ranges::find(listed, one->id) != listed.end());
      if (found.ok()) continue;
      EXPECT_EQ(found.error().code(), Code::corrupt);
      EXPECT_THAT(found.error().message(), HasSubstr("among those that can be read"));
    }
    repository.damage(*content);
  }
  EXPECT_EQ(tried, 3U);  // one says who maintains
}

}  // namespace
}  // namespace salvor::snapshot
