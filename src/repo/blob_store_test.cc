#include "repo/blob_store.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/rng.h"
#include "os/temporary_directory.h"
#include "repo/blob_id.h"
#include "store/directory.h"
#include "store/memory.h"

namespace salvor::repo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kPack = "p0123456789abcdef0123456789abcdef-s0011223344556677147";
const std::string kIndex = "xn12_0123456789abcdef0123456789abcdef-s0011223344556677147-c1";

struct InMemory {
  FakeClock clock{Time(std::chrono::seconds(1'790'000'000))};
  store::MemoryStorage storage{clock};
  void put(const std::string& key, std::string_view text) {
    ASSERT_TRUE(store::put(storage, key, as_bytes(text), store::Exists::replace, {}).ok());
  }
};

std::string text_of(const Result<Bytes>& bytes) {
  return bytes.ok() ? std::string(as_text(*bytes)) : std::string(to_string(bytes.error().code()));
}

std::string code_of(const Result<>& result) { return result.ok() ? "" : std::string(to_string(result.error().code())); }

std::vector<std::string> listed(BlobStore& blobs, std::string_view prefix) {
  std::vector<std::string> ids;
  const auto done = blobs.list(prefix,
                               [&](const BlobMetadata& blob) -> Result<> {
                                 ids.push_back(blob.id);
                                 return {};
                               },
                               {});
  if (!done.ok()) ids.push_back(to_string(done.error()));
  return ids;
}

void keeps_what_is_put(BlobStore& blobs) {
  ASSERT_EQ(code_of(blobs.put(kPack, as_bytes("0123456789"), store::Exists::replace, {})), "");
  EXPECT_EQ(text_of(blobs.get(kPack, 10, {})), "0123456789");
  EXPECT_EQ(text_of(blobs.get(kPack, 9, {})), "invalid");
  EXPECT_EQ(text_of(blobs.get_range(kPack, 3, 4, {})), "3456");
  EXPECT_EQ(text_of(blobs.get_range(kPack, 3, 8, {})), "corrupt");
  EXPECT_EQ(text_of(blobs.get_range(kPack, 11, 1, {})), "corrupt");
  EXPECT_EQ(blobs.stat(kPack, {}).value().size, 10u);
  EXPECT_EQ(blobs.stat(kPack, {}).value().id, kPack);
  EXPECT_EQ(code_of(blobs.put(kPack, as_bytes("x"), store::Exists::refuse, {})), "already_exists");
  ASSERT_EQ(code_of(blobs.put(kPack, as_bytes("new"), store::Exists::replace, {})), "");
  EXPECT_EQ(text_of(blobs.get(kPack, 10, {})), "new");
  EXPECT_EQ(text_of(blobs.get(kIndex, 10, {})), "not_found");
  EXPECT_EQ(blobs.stat(kIndex, {}).error().code(), Code::not_found);
  EXPECT_EQ(code_of(blobs.remove(kPack, {})), "");
  EXPECT_EQ(code_of(blobs.remove(kPack, {})), "");
  EXPECT_EQ(text_of(blobs.get(kPack, 10, {})), "not_found");
}

void lists_by_prefix_in_order(BlobStore& blobs) {
  const std::vector<std::string> ids = {"_log_20261130195306_0a1b_1_2_1_0123456789abcdef0123456789abcdef",
                                        "kopia",
                                        "kopia.blobcfg",
                                        "kopia.repository",
                                        kPack,
                                        "q0123456789abcdef0123456789abcdef",
                                        "xe12",
                                        "xn1",
                                        "xn1_0123456789abcdef0123456789abcdef",
                                        kIndex,
                                        "xn2_0123456789abcdef0123456789abcdef"};
  for (std::size_t i = ids.size(); i-- > 0;) {
    ASSERT_EQ(code_of(blobs.put(ids[i], as_bytes(std::string(i, 'x')), store::Exists::refuse, {})), "") << ids[i];
  }
  EXPECT_EQ(listed(blobs, ""), (std::vector<std::string>{ids[0], "kopia", "kopia.blobcfg", "kopia.repository", kPack,
                                                         ids[5], "xe12", "xn1", kIndex, ids[8], ids[10]}));
  EXPECT_THAT(listed(blobs, "x"), ElementsAre("xe12", "xn1", kIndex, ids[8], ids[10]));
  EXPECT_THAT(listed(blobs, "xn"), ElementsAre("xn1", kIndex, ids[8], ids[10]));
  EXPECT_THAT(listed(blobs, "xn1"), ElementsAre("xn1", kIndex, ids[8]));
  EXPECT_THAT(listed(blobs, "xn1_"), ElementsAre(ids[8]));
  EXPECT_THAT(listed(blobs, kIndex), ElementsAre(kIndex));
  EXPECT_THAT(listed(blobs, kIndex + "0"), IsEmpty());
  EXPECT_THAT(listed(blobs, "kopia."), ElementsAre("kopia.blobcfg", "kopia.repository"));
  EXPECT_THAT(listed(blobs, "p0"), ElementsAre(kPack));
  EXPECT_THAT(listed(blobs, "p1"), IsEmpty());
  std::uint64_t size = 0;
  ASSERT_TRUE(blobs
                  .list("kopia.rep",
                        [&](const BlobMetadata& blob) -> Result<> {
                          size = blob.size;
                          return {};
                        },
                        {})
                  .ok());
  EXPECT_EQ(size, 3u);
}

TEST(FlatBlobs, AreKeptUnderPrefixAndId) {
  InMemory memory;
  BlobStore blobs = BlobStore::flat(memory.storage, "backups/kopia/ns/");
  keeps_what_is_put(blobs);
  lists_by_prefix_in_order(blobs);
  EXPECT_EQ(blobs.key_of(kPack).value(), "backups/kopia/ns/" + kPack);
  EXPECT_TRUE(store::exists(memory.storage, "backups/kopia/ns/" + kPack, {}).value());
}

TEST(FlatBlobs, HaveTheTimeOfTheStore) {
  InMemory memory;
  BlobStore blobs = BlobStore::flat(memory.storage, "");
  ASSERT_TRUE(blobs.put(kPack, {}, store::Exists::replace, {}).ok());
  EXPECT_EQ(blobs.stat(kPack, {}).value(), (BlobMetadata{kPack, 0, memory.clock.now()}));
}

TEST(FlatBlobs, AreNotWhatLiesInFolders) {
  InMemory memory;
  memory.put("r/folder/p1", "");
  memory.put("r/p1", "");
  memory.put("r/with space", "");
  memory.put("r/\xc3\xa9", "");
  memory.put("other", "");
  BlobStore blobs = BlobStore::flat(memory.storage, "r/");
  EXPECT_THAT(listed(blobs, ""), ElementsAre("p1"));
}

TEST(Blobs, HaveIdsThatAreSafeAsNames) {
  InMemory memory;
  BlobStore flat = BlobStore::flat(memory.storage, "r/");
  auto sharded = BlobStore::create_sharded(memory.storage, "s/", Shards{}, {});
  for (const std::string& id : {std::string(), std::string("a/b"), std::string("../x"), std::string("a b"),
                                std::string("a\n"), std::string("\xc3\xa9"), std::string("a\0b", 3)}) {
    for (BlobStore* blobs : {&flat, &*sharded}) {
      EXPECT_EQ(code_of(blobs->put(id, {}, store::Exists::replace, {})), "invalid");
      EXPECT_EQ(text_of(blobs->get(id, 1, {})), "invalid");
      EXPECT_EQ(text_of(blobs->get_range(id, 0, 1, {})), "invalid");
      EXPECT_EQ(code_of(blobs->remove(id, {})), "invalid");
    }
  }
  EXPECT_EQ(code_of(sharded->put("..567890123456789012345", {}, store::Exists::replace, {})), "invalid");
}

TEST(ShardedBlobs, AreFilesWhereStockLooksForThem) {
  InMemory memory;
  auto blobs = BlobStore::create_sharded(memory.storage, "r/", Shards{}, {});
  ASSERT_TRUE(blobs.ok());
  keeps_what_is_put(*blobs);
  lists_by_prefix_in_order(*blobs);
  EXPECT_EQ(text_of(store::get(memory.storage, "r/.shards", 99, {})), encode(Shards{}));
  EXPECT_TRUE(store::exists(memory.storage, "r/p/012/" + kPack.substr(4) + ".f", {}).value());
  EXPECT_TRUE(store::exists(memory.storage, "r/kopia.repository.f", {}).value());
}

TEST(ShardedBlobs, AreReadWithTheLayoutThatIsWrittenDown) {
  InMemory memory;
  memory.put(".shards", R"({"default":[2],"maxNonShardedLength":4,"overrides":[{"prefix":"x","shards":[1,1,30]}]})");
  auto blobs = BlobStore::open_sharded(memory.storage, "", {});
  ASSERT_TRUE(blobs.ok());
  keeps_what_is_put(*blobs);
  lists_by_prefix_in_order(*blobs);
  EXPECT_EQ(blobs->key_of("kopia.repository").value(), "ko/pia.repository.f");
}

TEST(ShardedBlobs, AreInADirectoryThatNobodyElseCanRead) {
  const auto directory = os::TemporaryDirectory::make();
  ASSERT_TRUE(directory.ok());
  SeededRng rng(1);
  const auto storage = store::DirectoryStorage::open_path(directory->path(), store::Missing::refuse, rng);
  ASSERT_TRUE(storage.ok());
  auto blobs = BlobStore::create_sharded(**storage, "", Shards{}, {});
  ASSERT_TRUE(blobs.ok());
  keeps_what_is_put(*blobs);
  lists_by_prefix_in_order(*blobs);
  const std::string file = directory->path() + "/x/n12/" + kIndex.substr(4) + ".f";
  struct stat status{};
  ASSERT_EQ(::stat(file.c_str(), &status), 0) << file;
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
  ASSERT_EQ(::stat((directory->path() + "/x").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0700u);
  // Stock's temporary files, and anything else.
  std::ofstream(file + ".tmp.0123456789abcdef") << "half";
  std::ofstream(directory->path() + "/notes.txt") << "mine";
  std::filesystem::create_directory(directory->path() + "/lost+found");
  EXPECT_THAT(listed(*blobs, "xn12"), ElementsAre(kIndex));
  EXPECT_EQ(listed(*blobs, "").size(), 11u);
  auto again = BlobStore::open_sharded(**storage, "", {});
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(text_of(again->get("kopia.repository", 99, {})), "xxx");
}

TEST(ShardedBlobs, WhereStockWouldNotFindThemAreNoticed) {
  InMemory memory;
  auto wrong = BlobStore::create_sharded(memory.storage, "", Shards{.sizes = {3, 3}}, {});
  ASSERT_TRUE(wrong.ok() && wrong->put(kIndex, {}, store::Exists::replace, {}).ok());
  memory.put(".shards", encode(Shards{}));
  auto blobs = BlobStore::open_sharded(memory.storage, "", {});
  EXPECT_THAT(listed(*blobs, "xn"), ElementsAre(HasSubstr(".shards does not put it")));
  EXPECT_THAT(listed(*blobs, ""), ElementsAre(HasSubstr(".shards does not put it")));
  EXPECT_THAT(listed(*blobs, "p"), IsEmpty());
  memory.put("copies/of-mine/strange.f", "");
  EXPECT_THAT(listed(*blobs, "c"), IsEmpty());
}

TEST(ShardedBlobs, WithoutAFileThatTellsTheirLayoutAreOfTheOldOneOrNotOpened) {
  InMemory memory;
  EXPECT_EQ(BlobStore::open_sharded(memory.storage, "", {}).error().code(), Code::not_found);
  memory.put("kopia.repository.f", "format");
  memory.put("p01/234/56789abcdef0123456789abcdef.f", "pack");
  auto old = BlobStore::open_sharded(memory.storage, "", {});
  ASSERT_TRUE(old.ok());
  EXPECT_EQ(text_of(old->get("p0123456789abcdef0123456789abcdef", 99, {})), "pack");
  EXPECT_FALSE(store::exists(memory.storage, ".shards", {}).value());
  memory.put("q/012/3456789abcdef0123456789abcdef.f", "pack");
  const auto lost = BlobStore::open_sharded(memory.storage, "", {});
  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(lost.error().code(), Code::corrupt);
  EXPECT_THAT(lost.error().hint(), HasSubstr(R"({"default":[1,3],"maxNonShardedLength":20})"));
}

TEST(ShardedBlobs, AreNotCreatedOverOthers) {
  InMemory memory;
  ASSERT_TRUE(BlobStore::create_sharded(memory.storage, "", Shards{}, {}).ok());
  EXPECT_EQ(BlobStore::create_sharded(memory.storage, "", Shards{}, {}).error().code(), Code::already_exists);
  memory.put(".shards", "nonsense");
  EXPECT_EQ(BlobStore::open_sharded(memory.storage, "", {}).error().code(), Code::corrupt);
}

}  // namespace
}  // namespace salvor::repo
