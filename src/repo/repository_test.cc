#include "repo/repository.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "base/source_directory_testing.h"
#include "os/file.h"
#include "repo/object_reader.h"
#include "store/memory.h"

namespace salvor::repo {
namespace {

using ::testing::HasSubstr;

// golden/repository was made by stock kopia 0.22.3: format 3, FIXED-128K, zstd, of a directory with the files "large",
// which is 300,000 bytes, number i being i / 1000 modulo 256, and "small", "hello\n".
constexpr std::string_view kPassword = "correct horse";
constexpr std::size_t kLargeBytes = 300'000;

struct GoldenRepository : ::testing::Test {
  void SetUp() override {
    const std::filesystem::path folder = std::filesystem::path(source_directory()) / "src/repo/golden/repository";
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      const std::string id = file.path().filename();
      put(id, as_bytes(*os::read_file(file.path(), 1 << 20)));
      ids.push_back(id);
    }
    ASSERT_GE(ids.size(), 6U);
    const auto repository = get("kopia.repository"), blobcfg = get("kopia.blobcfg");
    key.emplace(key_of(repository, blobcfg).copy());
  }

  // Made of the password once for all tests, which takes a fifth of a second.
  static const FormatKey& key_of(ByteView repository, ByteView blobcfg) {
    static const FormatKey made = open_format(repository, blobcfg, os::Secret(kPassword)).value().key.copy();
    return made;
  }

  void put(const std::string& id, ByteView bytes) {
    ASSERT_TRUE(store::put(storage, id, bytes, store::Exists::replace, {}).ok());
  }
  Bytes get(const std::string& id) { return *store::get(storage, id, 1 << 20, {}); }

  Result<std::unique_ptr<Repository>> open() {
    const Bytes repository = get("kopia.repository"), blobcfg = get("kopia.blobcfg");
    RepositoryFormat format = TRY(open_format(repository, ByteView(blobcfg), *key));
    return Repository::open(BlobStore::flat(storage, ""), std::move(format), clock, {});
  }
  // The bytes of both files, as the directory of the only snapshot leads to them.
  Result<std::string> read_all() {
    const auto repository = TRY(open());
    const ManifestSet manifests = TRY(repository->manifests({}));
    const auto snapshots = manifests.find({{"type", "snapshot"}});
    if (snapshots.size() != 1) return Error(Code::corrupt, std::to_string(snapshots.size()) + " snapshots");
    std::string all;
    std::string_view rest = snapshots[0]->data;
    rest.remove_prefix(rest.find("\"obj\":\"") + 7);
    const auto text = [&](std::string_view object) -> Result<std::string> {
      std::string read;
      TRY(read_object(*repository, TRY(ObjectId::parse(object)),
                      [&](ByteView piece) { return read += as_text(piece), Result<>(); }, {}));
      return read;
    };
    const std::string directory = TRY(text(rest.substr(0, rest.find('"'))));
    std::string_view entries = directory;
    for (std::size_t at = entries.find("\"obj\":\""); at != entries.npos; at = entries.find("\"obj\":\"")) {
      entries.remove_prefix(at + 7);
      all += TRY(text(entries.substr(0, entries.find('"'))));
    }
    return all;
  }
  static std::string expected() {
    std::string all(kLargeBytes, '\0');
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<char>(i / 1000 % 256);
    return all + "hello\n";
  }

  FakeClock clock;
  store::MemoryStorage storage{clock};
  std::vector<std::string> ids;
  std::optional<FormatKey> key;
};

TEST_F(GoldenRepository, IsReadFromItsManifestToTheLastByte) {
  const auto all = read_all();
  ASSERT_TRUE(all.ok()) << to_string(all.error());
  EXPECT_EQ(*all, expected());
}

TEST_F(GoldenRepository, WithAnotherPasswordIsDenied) {
  const auto opened = Repository::open(BlobStore::flat(storage, ""), os::Secret("wrong"), clock, {});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), Code::denied);
}

TEST_F(GoldenRepository, NoRepositoryIsNotFound) {
  store::MemoryStorage empty(clock);
  const auto opened = Repository::open(BlobStore::flat(empty, ""), os::Secret(kPassword), clock, {});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), Code::not_found);
}

// Damage is noticed, or lies where nothing is read: the preamble, the padding, the local index and the postamble.
TEST_F(GoldenRepository, AFlippedBitAnywhereIsNoticedOrHarmless) {
  const std::string whole = expected();
  std::size_t noticed = 0, harmless = 0;
  for (const std::string& id : ids) {
    const Bytes intact = get(id);
    for (std::size_t at = 0; at < intact.size(); at += 1 + intact.size() / 60) {
      Bytes damaged = intact;
      damaged[at] ^= std::byte{0x10};
      put(id, damaged);
      const auto all = read_all();
      if (all.ok()) {
        EXPECT_EQ(*all, whole) << id << " at " << at;
      }
      ++(all.ok() ? harmless : noticed);
    }
    put(id, intact);
  }
  EXPECT_GT(noticed, harmless / 4);
}

TEST_F(GoldenRepository, ABlobThatIsCutEmptyOrGoneIsNoticedOrHarmless) {
  const std::string whole = expected();
  for (const std::string& id : ids) {
    if (id.starts_with("kopia.")) continue;
    const Bytes intact = get(id);
    for (const std::size_t size : {std::size_t{0}, intact.size() / 3, intact.size() - 1}) {
      put(id, ByteView(intact).first(size));
      const auto all = read_all();
      if (all.ok()) {
        EXPECT_EQ(*all, whole) << id << " cut to " << size;
      }
    }
    ASSERT_TRUE(storage.remove(id, {}).ok());
    const auto all = read_all();
    if (all.ok()) {
      EXPECT_EQ(*all, whole) << id << " removed";
    }
    put(id, intact);
  }
  EXPECT_EQ(*read_all(), whole);
}

TEST_F(GoldenRepository, APackInThePlaceOfAnotherIsNoticed) {
  std::vector<std::string> packs;
  for (const std::string& id : ids) {
    if (id.starts_with("p") || id.starts_with("q")) packs.push_back(id);
  }
  ASSERT_GE(packs.size(), 2U);
  const Bytes first = get(packs[0]), second = get(packs[1]);
  put(packs[0], second);
  put(packs[1], first);
  const auto all = read_all();
  ASSERT_FALSE(all.ok());
  EXPECT_EQ(all.error().code(), Code::corrupt);
  EXPECT_THAT(all.error().message(), HasSubstr("pack "));
}

}  // namespace
}  // namespace salvor::repo
