#include "store/encrypted.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "crypto/age_encryptor.h"
#include "os/temporary_directory.h"
#include "store/contract_testing.h"
#include "store/directory.h"
#include "store/faulty.h"
#include "store/memory.h"

namespace salvor::store {
namespace {

namespace age = crypto::age;

// What the storages of one test stand on. The storage under a wrapper stays reachable, to look at what really lies
// there.
struct Ground {
  FakeClock clock;
  SeededRng rng{20261123};
  std::optional<os::TemporaryDirectory> directory;
  age::Identity alice = age::Identity::generate(rng), bob = age::Identity::generate(rng),
                eve = age::Identity::generate(rng);

  Encryption encryption(const age::Identity& to, const age::Identity& with) {
    Encryption made;
    made.lock.recipients = {to.recipient()};
    made.keyring.identities.push_back(with.copy());
    return made;
  }
};

StorageUnderTest over(std::shared_ptr<Ground> ground, std::unique_ptr<Storage> inner) {
  auto encryption = ground->encryption(ground->alice, ground->alice);
  auto storage = std::make_unique<EncryptedStorage>(std::move(inner), std::move(encryption), ground->rng);
  return {ground, std::move(storage)};
}

const bool kOverMemory = register_contract("EncryptedMemoryContract", [] {
  auto ground = std::make_shared<Ground>();
  return over(ground, std::make_unique<MemoryStorage>(ground->clock));
});

const bool kOverDirectory = register_contract("EncryptedDirectoryContract", [] {
  auto ground = std::make_shared<Ground>();
  ground->directory.emplace(*os::TemporaryDirectory::make());
  auto inner = DirectoryStorage::open_path(ground->directory->path(), Missing::create, ground->rng);
  EXPECT_TRUE(inner.ok());
  return over(ground, *std::move(inner));
});

const bool kPassphrase = register_contract("PassphraseMemoryContract", [] {
  auto ground = std::make_shared<Ground>();
  Encryption encryption;
  encryption.lock.passphrase = os::Secret("correct horse");
  encryption.lock.work_factor = 2;
  encryption.keyring.passphrases.emplace_back("correct horse");
  auto inner = std::make_unique<MemoryStorage>(ground->clock);
  return StorageUnderTest{ground,
                          std::make_unique<EncryptedStorage>(std::move(inner), std::move(encryption), ground->rng)};
});

class Encrypted : public testing::Test {
 protected:
  std::unique_ptr<EncryptedStorage> storage(Encryption encryption) {
    return std::make_unique<EncryptedStorage>(std::make_unique<FaultyStorage>(static_cast<Storage&>(faulty_)),
                                              std::move(encryption), ground_.rng);
  }
  std::unique_ptr<EncryptedStorage> alices() { return storage(ground_.encryption(ground_.alice, ground_.alice)); }
  Bytes random_bytes(std::size_t size) {
    Bytes bytes(size);
    ground_.rng.fill(bytes);
    return bytes;
  }
  Bytes raw(const std::string& key) { return *get(memory_, key, 10'000'000, {}); }
  void put_raw(const std::string& key, ByteView bytes) {
    ASSERT_TRUE(put(memory_, key, bytes, Exists::replace, {}).ok());
  }
  std::uint64_t opens() { return faulty_.calls("open"); }

  Ground ground_;
  MemoryStorage memory_{ground_.clock};
  FaultyStorage faulty_{memory_};
};

constexpr std::size_t kChunk = age::kChunkBytes;

TEST_F(Encrypted, LeavesNothingReadableInTheStore) {
  const auto storage = alices();
  const std::string plain = "apiVersion: v1, kind: Secret, password: hunter2";
  ASSERT_TRUE(put(*storage, "a/b", as_bytes(plain), Exists::refuse, {}).ok());
  const Bytes sealed = raw("a/b");
  EXPECT_TRUE(as_text(sealed).starts_with("age-encryption.org/v1\n"));
  EXPECT_EQ(as_text(sealed).find("hunter2"), std::string::npos);
  EXPECT_EQ(as_text(*get(*storage, "a/b", 1000, {})), plain);
}

TEST_F(Encrypted, NeverWritesTheSameBytesTwice) {
  const auto storage = alices();
  ASSERT_TRUE(put(*storage, "one", as_bytes("x"), Exists::refuse, {}).ok());
  ASSERT_TRUE(put(*storage, "two", as_bytes("x"), Exists::refuse, {}).ok());
  EXPECT_FALSE(raw("one") == raw("two"));
}

TEST_F(Encrypted, WorksAPassphraseOutOnceForAllObjectsOfAStorage) {
  const auto with_passphrase = [&] {
    Encryption encryption;
    encryption.lock.passphrase = os::Secret("correct horse");
    encryption.lock.work_factor = 2;
    encryption.keyring.passphrases.emplace_back("correct horse");
    return storage(std::move(encryption));
  };
  const auto writer = with_passphrase();
  for (const char* key : {"one", "two"}) ASSERT_TRUE(put(*writer, key, as_bytes("x"), Exists::refuse, {}).ok());
  const Bytes one = raw("one"), two = raw("two");
  const auto header_size = static_cast<std::size_t>(*age::find_header_end(one).value());
  EXPECT_EQ(as_text(ByteView(one).first(header_size)), as_text(ByteView(two).first(header_size)));
  EXPECT_FALSE(one == two);  // nonce, and with it the payload's key

  const auto reader = with_passphrase();
  for (const char* key : {"one", "two"}) EXPECT_EQ(as_text(*get(*reader, key, 10, {})), "x");
  // What is known of a header does not vouch for one that was changed.
  for (std::size_t at = 0; at < header_size; ++at) {
    Bytes changed = two;
    changed[at] ^= std::byte{1};
    put_raw("changed", changed);
    EXPECT_FALSE(get(*reader, "changed", 10, {}).ok() && as_text(*get(*reader, "changed", 10, {})) == "x") << at;
  }
}

TEST_F(Encrypted, ReadsEveryRangeOfAnObjectOfSeveralChunks) {
  const auto storage = alices();
  const Bytes plain = random_bytes(3 * kChunk + 1000);
  ASSERT_TRUE(put(*storage, "k", plain, Exists::refuse, {}).ok());
  for (const std::uint64_t offset : {0ul, 1ul, kChunk - 1, kChunk, kChunk + 1, 3 * kChunk, 3 * kChunk + 999}) {
    for (const std::uint64_t length : {1ul, 2ul, 999ul, kChunk, 2 * kChunk + 1, 9 * kChunk}) {
      const auto stream = storage->open("k", {offset, length}, {});
      ASSERT_TRUE(stream.ok()) << to_string(stream.error());
      const std::uint64_t wanted = std::min<std::uint64_t>(length, plain.size() - offset);
      EXPECT_EQ((*stream)->about().length, wanted);
      Bytes found(wanted + 10);
      std::size_t size = 0;
      for (;;) {
        const auto got = (*stream)->read(MutableByteView(found).subspan(size));
        ASSERT_TRUE(got.ok());
        if (*got == 0) break;
        size += *got;
      }
      found.resize(size);
      EXPECT_TRUE(std::ranges::equal(found, ByteView(plain).subspan(offset, wanted))) << offset << "+" << length;
    }
  }
}

TEST_F(Encrypted, FetchesOneRangePerRangeOnceItKnowsTheObject) {
  const auto storage = alices();
  const Bytes plain = random_bytes(10 * kChunk);
  ASSERT_TRUE(put(*storage, "k", plain, Exists::refuse, {}).ok());
  ASSERT_TRUE(get_range(*storage, "k", 100, 10, {}).ok());
  const std::uint64_t opens_before = opens(), stats_before = faulty_.calls("stat");
  for (std::uint64_t at = 0; at < plain.size() - 10; at += 50'000) {
    const auto part = get_range(*storage, "k", at, 10, {});
    ASSERT_TRUE(part.ok());
    EXPECT_TRUE(std::ranges::equal(*part, ByteView(plain).subspan(at, 10)));
  }
  EXPECT_EQ(opens() - opens_before, 14u);
  EXPECT_EQ(faulty_.calls("stat"), stats_before);
}

TEST_F(Encrypted, SeesWhatOthersPutInPlaceOfAnObjectItKnows) {
  const auto mine = alices(), others = alices();
  ASSERT_TRUE(put(*mine, "k", random_bytes(3 * kChunk), Exists::replace, {}).ok());
  ASSERT_TRUE(get_range(*mine, "k", 70'000, 10, {}).ok());
  for (const std::size_t size : {3 * kChunk, 2 * kChunk, 5 * kChunk, std::size_t{80'000}}) {
    const Bytes newer = random_bytes(size);
    ASSERT_TRUE(put(*others, "k", newer, Exists::replace, {}).ok());
    const auto part = get_range(*mine, "k", 70'000, 10, {});
    ASSERT_TRUE(part.ok()) << to_string(part.error());
    EXPECT_TRUE(std::ranges::equal(*part, ByteView(newer).subspan(70'000, 10)));
  }
  ASSERT_TRUE(put(*others, "k", as_bytes("short"), Exists::replace, {}).ok());
  EXPECT_EQ(get_range(*mine, "k", 70'000, 10, {}).error().code(), Code::corrupt);
  ASSERT_TRUE(put(*others, "k", random_bytes(3 * kChunk), Exists::replace, {}).ok());
  ASSERT_TRUE(get_range(*mine, "k", 70'000, 10, {}).ok());
  ASSERT_TRUE(others->remove("k", {}).ok());
  EXPECT_EQ(mine->open("k", {70'000, 10}, {}).error().code(), Code::not_found);
}

TEST_F(Encrypted, TellsPlainSizes) {
  const auto storage = alices();
  for (const std::size_t size : {0ul, 1ul, kChunk, kChunk + 1, 3 * kChunk}) {
    ASSERT_TRUE(put(*storage, "k", random_bytes(size), Exists::replace, {}).ok());
    EXPECT_EQ(storage->stat("k", {})->size, size);
    std::uint64_t listed_size = UINT64_MAX;
    const auto listed =
        storage->list("", [&](const Entry& entry) { return (listed_size = entry.size, Result<>{}); }, {});
    EXPECT_TRUE(listed.ok());
    EXPECT_EQ(listed_size, size);
  }
}

TEST_F(Encrypted, TellsHowMuchAStreamHolds) {
  EncryptedStorage storage(std::make_unique<MemoryStorage>(ground_.clock),
                           ground_.encryption(ground_.alice, ground_.alice), ground_.rng);
  for (const std::size_t size : {0ul, 1ul, kChunk, kChunk + 1}) {
    ASSERT_TRUE(put(storage, "k", random_bytes(size), Exists::replace, {}).ok());
    EXPECT_EQ((*storage.open("k", {}, {}))->about().length, size);
    EXPECT_EQ((*storage.open("k", {0, 1}, {}))->about().length, std::min<std::size_t>(size, 1));
  }
}

TEST_F(Encrypted, TellsExactSizesOfForeignFilesToWhoAsksForOne) {
  Bytes file;
  const auto encryptor =
      age::Encryptor::start({.recipients = {ground_.bob.recipient(), ground_.alice.recipient()}}, ground_.rng,
                            [&](ByteView out) { return (append(file, out), Result<>{}); });
  const Bytes plain = random_bytes(100'000);
  ASSERT_TRUE((*encryptor)->write(plain).ok() && (*encryptor)->finish().ok());
  put_raw("k", file);
  const auto storage = alices();
  EXPECT_EQ(storage->stat("k", {})->size, plain.size());
  EXPECT_TRUE(*get(*storage, "k", 200'000, {}) == plain);
  EXPECT_TRUE(std::ranges::equal(*get_range(*storage, "k", 65'530, 100, {}), ByteView(plain).subspan(65'530, 100)));
}

TEST_F(Encrypted, NamesTheRecipientsToWhoHasNoKey) {
  ASSERT_TRUE(put(*alices(), "k", as_bytes("x"), Exists::refuse, {}).ok());
  const auto eves = storage(ground_.encryption(ground_.eve, ground_.eve));
  for (const ByteRange range : {ByteRange{}, ByteRange{0, 1}}) {
    const auto opened = eves->open("k", range, {});
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code(), Code::denied);
    EXPECT_NE(opened.error().message().find("k in memory: it is encrypted for " + ground_.alice.recipient().text()),
              std::string::npos)
        << to_string(opened.error());
  }
  EXPECT_EQ(eves->stat("k", {})->size, 1u);
  EXPECT_EQ(*eves->readers("k", {}), ground_.alice.recipient().text());
}

TEST_F(Encrypted, ReadsBackWithoutAKeyWhatItWroteItself) {
  Encryption encryption;
  encryption.lock.recipients = {ground_.alice.recipient()};
  const auto writer = storage(std::move(encryption));
  const Bytes plain = random_bytes(2 * kChunk + 5);
  ASSERT_TRUE(put(*writer, "k", plain, Exists::refuse, {}).ok());
  EXPECT_TRUE(*get(*writer, "k", 1'000'000, {}) == plain);
  EXPECT_TRUE(std::ranges::equal(*get_range(*writer, "k", 65'530, 100, {}), ByteView(plain).subspan(65'530, 100)));
  ASSERT_TRUE(put(*alices(), "k", as_bytes("another"), Exists::replace, {}).ok());
  EXPECT_EQ(get(*writer, "k", 1'000'000, {}).error().code(), Code::denied);
}

TEST_F(Encrypted, WritesNothingThatNobodyCouldRead) {
  const auto nobodys = storage({});
  const auto created = nobodys->create("k", Exists::refuse, {});
  ASSERT_FALSE(created.ok());
  EXPECT_EQ(created.error().code(), Code::denied);
}

TEST_F(Encrypted, LeavesUncoveredKeysAsTheyAre) {
  Encryption encryption = ground_.encryption(ground_.alice, ground_.alice);
  encryption.covers = [](std::string_view key) { return !key.ends_with("velero-backup.json"); };
  const auto storage = this->storage(std::move(encryption));
  ASSERT_TRUE(put(*storage, "b/velero-backup.json", as_bytes("{}"), Exists::refuse, {}).ok());
  ASSERT_TRUE(put(*storage, "b/b.tar.gz", as_bytes("{}"), Exists::refuse, {}).ok());
  EXPECT_EQ(as_text(raw("b/velero-backup.json")), "{}");
  EXPECT_GT(raw("b/b.tar.gz").size(), 2000u);
  for (const char* key : {"b/velero-backup.json", "b/b.tar.gz"}) {
    EXPECT_EQ(as_text(*get(*storage, key, 10, {})), "{}");
    EXPECT_EQ(as_text(*get_range(*storage, key, 1, 1, {})), "}");
    EXPECT_EQ(storage->stat(key, {})->size, 2u);
  }
  EXPECT_FALSE(storage->readers("b/velero-backup.json", {})->has_value());
}

TEST_F(Encrypted, ReadsUnencryptedObjectsOnlyWhenAllowed) {
  for (const std::size_t size : {0ul, 10ul, 100'000ul}) {
    const Bytes plain = random_bytes(size);
    put_raw("k", plain);
    const auto strict = alices();
    for (const ByteRange range : {ByteRange{}, ByteRange{0, 5}}) {
      const auto opened = strict->open("k", range, {});
      ASSERT_FALSE(opened.ok());
      EXPECT_EQ(opened.error().code(), Code::denied);
      EXPECT_NE(opened.error().message().find("k in memory is not encrypted"), std::string::npos);
    }
    EXPECT_EQ(strict->stat("k", {}).error().code(), Code::denied);
    Encryption encryption = ground_.encryption(ground_.alice, ground_.alice);
    encryption.plain = PlainObjects::read;
    const auto lenient = storage(std::move(encryption));
    EXPECT_TRUE(*get(*lenient, "k", 200'000, {}) == plain);
    EXPECT_EQ(lenient->stat("k", {})->size, size);
    const std::uint64_t length = std::min<std::uint64_t>(size, 5);
    EXPECT_TRUE(std::ranges::equal(*get_range(*lenient, "k", 0, length, {}), ByteView(plain).first(length)));
  }
}

TEST_F(Encrypted, NoticesAnObjectCutAnywhere) {
  const auto writer = alices();
  ASSERT_TRUE(put(*writer, "k", random_bytes(40), Exists::refuse, {}).ok());
  const Bytes whole = raw("k");
  for (std::size_t size = 19; size < whole.size(); ++size) {  // shorter ones are no longer known as encrypted
    put_raw("k", ByteView(whole).first(size));
    const auto storage = alices();
    EXPECT_EQ(get(*storage, "k", 1000, {}).error().code(), Code::corrupt) << size;
    EXPECT_EQ(get_range(*storage, "k", 0, 1, {}).error().code(), Code::corrupt) << size;
  }
  for (std::size_t size = 0; size < 19; ++size) {
    put_raw("k", ByteView(whole).first(size));
    EXPECT_EQ(get(*alices(), "k", 1000, {}).error().code(), Code::denied) << size;
  }
}

TEST_F(Encrypted, NoticesAMissingEndInARangeThatDoesNotReachIt) {
  ASSERT_TRUE(put(*alices(), "k", random_bytes(4 * kChunk), Exists::refuse, {}).ok());
  const Bytes whole = raw("k");
  put_raw("k", ByteView(whole).first(whole.size() - age::kSealedChunkBytes));
  const auto part = get_range(*alices(), "k", 10, 10, {});
  ASSERT_FALSE(part.ok());
  EXPECT_EQ(part.error().code(), Code::corrupt);
  EXPECT_NE(part.error().message().find("cut off at the end of a chunk"), std::string::npos);
}

TEST_F(Encrypted, NoticesEveryChangedBitThatItReads) {
  ASSERT_TRUE(put(*alices(), "k", as_bytes("small"), Exists::refuse, {}).ok());
  Bytes bytes = raw("k");
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const std::byte flip = std::byte{1} << ground_.rng.below(8);
    bytes[at] ^= flip;
    put_raw("k", bytes);
    EXPECT_FALSE(get(*alices(), "k", 1000, {}).ok()) << at;
    EXPECT_FALSE(get_range(*alices(), "k", 0, 1, {}).ok()) << at;
    bytes[at] ^= flip;
  }
}

TEST_F(Encrypted, PassesOnFaultsOfTheStoreAsTheyAre) {
  const auto storage = alices();
  ASSERT_TRUE(put(*storage, "k", random_bytes(2 * kChunk), Exists::refuse, {}).ok());
  for (std::uint64_t number = 1; number < 4; ++number) {
    FaultyStorage faulty(memory_);
    faulty.plan("read", number, {.code = Code::unavailable});
    EncryptedStorage under(std::make_unique<FaultyStorage>(static_cast<Storage&>(faulty)),
                           ground_.encryption(ground_.alice, ground_.alice), ground_.rng);
    const auto read = get(under, "k", 1'000'000, {});
    ASSERT_FALSE(read.ok()) << number;
    EXPECT_EQ(read.error().code(), Code::unavailable);
  }
  for (const char* operation : {"create", "write", "commit"}) {
    FaultyStorage faulty(memory_);
    faulty.plan(operation, 1, {.code = Code::out_of_space});
    EncryptedStorage under(std::make_unique<FaultyStorage>(static_cast<Storage&>(faulty)),
                           ground_.encryption(ground_.alice, ground_.alice), ground_.rng);
    EXPECT_EQ(put(under, "new", as_bytes("x"), Exists::refuse, {}).error().code(), Code::out_of_space) << operation;
    EXPECT_EQ(memory_.stat("new", {}).error().code(), Code::not_found);
  }
}

TEST_F(Encrypted, IsWrappedAnewForOthersWithTheSamePayload) {
  const Bytes plain = random_bytes(2 * kChunk + 5);
  ASSERT_TRUE(put(*alices(), "k", plain, Exists::refuse, {}).ok());
  const Bytes before = raw("k");
  const auto turning = storage(ground_.encryption(ground_.bob, ground_.alice));
  ASSERT_TRUE(get_range(*turning, "k", 10, 10, {}).ok());
  const auto changed = turning->rewrap("k", {});
  ASSERT_TRUE(changed.ok()) << to_string(changed.error());
  EXPECT_TRUE(*changed);
  const Bytes after = raw("k");
  ASSERT_EQ(after.size(), before.size());
  EXPECT_TRUE(std::ranges::equal(ByteView(after).subspan(2048), ByteView(before).subspan(2048)));
  EXPECT_EQ(turning->open("k", {0, 1}, {}).error().code(), Code::denied);
  const auto bobs = storage(ground_.encryption(ground_.bob, ground_.bob));
  EXPECT_TRUE(*get(*bobs, "k", 1'000'000, {}) == plain);
  EXPECT_FALSE(*bobs->rewrap("k", {}));
  EXPECT_EQ(storage(ground_.encryption(ground_.eve, ground_.eve))->rewrap("k", {}).error().code(), Code::denied);
}

TEST_F(Encrypted, IsNotWrappedAnewWhenDamaged) {
  ASSERT_TRUE(put(*alices(), "k", random_bytes(1000), Exists::refuse, {}).ok());
  Bytes bytes = raw("k");
  bytes[3000] ^= std::byte{1};
  put_raw("k", bytes);
  EXPECT_EQ(storage(ground_.encryption(ground_.bob, ground_.alice))->rewrap("k", {}).error().code(), Code::corrupt);
  EXPECT_TRUE(raw("k") == bytes);
}

}  // namespace
}  // namespace salvor::store
