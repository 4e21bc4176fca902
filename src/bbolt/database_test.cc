#include "bbolt/database.h"

#include <gmock/gmock.h>

#include <fstream>

#include "base/hex.h"
#include "base/rng.h"
#include "bbolt/database_testing.h"
#include "bbolt/little_endian.h"

namespace salvor::bbolt {
namespace {

using testing::Buckets;

constexpr std::uint32_t kSmallPage = 1024;

std::string numbered(int number) {
  std::string text = std::to_string(number);
  return std::string(6 - text.size(), '0') + text;
}

Buckets many(int entries, std::size_t value_bytes) {
  Buckets buckets{{"empty", {}}, {"small", {{"a", "1"}, {"b", ""}}}};
  for (int i = 0; i < entries; ++i) buckets["large"][numbered(i * 2)] = std::string(value_bytes, 'v') + numbered(i);
  return buckets;
}

Result<bool> look_at(ByteView file) { return testing::read(file).ok(); }

std::string error_of(ByteView file) {
  const auto found = testing::read(file);
  return found.ok() ? "read" : found.error().message();
}

// The image of page `id` in a file.
MutableByteView page(Bytes& file, std::uint64_t id) {
  return MutableByteView(file).subspan(id * kSmallPage, kSmallPage);
}

std::uint64_t root_of(const Bytes& file) { return parse_meta(ByteView(file).first(kMetaBytes)).value().root; }

TEST(Databases, GiveBackWhatWasWritten) {
  SeededRng rng(5);
  for (const std::uint32_t page_size : {1024U, 4096U, 65536U}) {
    for (const int entries : {0, 1, 40, 900}) {
      Buckets buckets = many(entries, 20);
      if (entries > 0) {
        buckets["large"]["x"] = std::string(3 * page_size + 7, 'o');
        buckets["large"][std::string(2000, 'k')] = rng.hex(30);
      }
      const auto found = testing::read(testing::written(buckets, page_size));
      ASSERT_TRUE(found.ok()) << found.error().message();
      EXPECT_EQ(*found, buckets) << entries << " entries on pages of " << page_size;
    }
  }
}

TEST(Databases, FindTheFirstKeyThatIsNotLess) {
  const Buckets buckets = many(900, 20);
  const Bytes file = testing::written(buckets);
  MemorySource source(file);
  const Database database = Database::open(source, file.size()).value();
  Cursor roots(database, database.root());
  ASSERT_TRUE(roots.seek(as_bytes("large")).value());
  const Bucket bucket = Bucket::parse(roots.value()).value();
  Cursor cursor(database, bucket);
  for (int i = 0; i < 1798; i += 7) {
    ASSERT_TRUE(cursor.seek(as_bytes(numbered(i))).value());
    EXPECT_EQ(as_text(cursor.key()), numbered(i + i % 2));
  }
  EXPECT_FALSE(cursor.seek(as_bytes("9")).value());
  ASSERT_TRUE(cursor.last().value());
  EXPECT_EQ(as_text(cursor.key()), numbered(1798));
  EXPECT_FALSE(cursor.next().value());
}

TEST(Databases, ThatWereCutAreRefused) {
  const Bytes file = testing::written(many(100, 20));
  for (std::size_t size = 0; size < file.size(); size += 64)
    EXPECT_NE(error_of(ByteView(file).first(size)), "read") << size;
}

// Without a checksum a changed value stays unseen; what must not happen is a crash or a read elsewhere.
TEST(Databases, WithAChangedBitAreReadOrRefused) {
  const Bytes file = testing::written(many(40, 20));
  SeededRng rng(7);
  for (std::size_t i = 0; i < file.size(); i += 17) {
    Bytes changed = file;
    changed[i] ^= static_cast<std::byte>(1U << rng.below(8));
    (void)look_at(changed).value();
  }
}

TEST(Databases, AreReadByTheMetaPageThatIsWhole) {
  const Buckets buckets = many(40, 20);
  for (const std::uint64_t damaged : {0U, 1U}) {
    Bytes file = testing::written(buckets);
    page(file, damaged)[40] ^= std::byte{1};
    MemorySource source(file);
    const Database database = Database::open(source, file.size()).value();
    EXPECT_THAT(database.meta_damage(), ::testing::HasSubstr("checksum"));
    EXPECT_EQ(testing::read(file).value(), buckets);
  }
  Bytes file = testing::written(buckets);
  page(file, 0)[40] ^= std::byte{1};
  page(file, 1)[40] ^= std::byte{1};
  EXPECT_THAT(error_of(file), ::testing::HasSubstr("both meta pages are damaged"));
}

TEST(Databases, InWhichAPageIsUsedTwiceAreRefused) {
  Bytes file = testing::written(many(900, 20));
  MemorySource source(file);
  const Database database = Database::open(source, file.size()).value();
  Cursor roots(database, database.root());
  ASSERT_TRUE(roots.seek(as_bytes("large")).value());
  const std::uint64_t top = Bucket::parse(roots.value()).value().root;
  Bytes sound = file;
  store_little_endian(page(file, top), kPageHeaderBytes + kElementBytes + 8,
                      PageView::parse(page(sound, top)).value().child(0));
  EXPECT_THAT(error_of(file), ::testing::AnyOf(::testing::HasSubstr("used twice"), ::testing::HasSubstr("first key")));
  Bytes circle = sound;
  store_little_endian(page(circle, top), kPageHeaderBytes + 8, top);
  EXPECT_THAT(error_of(circle), ::testing::HasSubstr("used twice"));
}

TEST(Databases, WhosePagesClaimTooMuchAreRefused) {
  const Bytes sound = testing::written(many(40, 20));
  const std::uint64_t root = root_of(sound);
  const auto refused = [&](std::size_t offset, auto value, const char* why) {
    Bytes file = sound;
    store_little_endian(page(file, root), offset, value);
    EXPECT_THAT(error_of(file), ::testing::HasSubstr(why));
  };
  refused(0, std::uint64_t{7}, "says it is page 7");
  refused(8, std::uint16_t{kFreelistPage}, "of the type 16");
  refused(10, std::uint16_t{0xFFFF}, "cannot hold");
  refused(12, std::uint32_t{0xFFFFFFFF}, "ends behind the file");
  refused(kPageHeaderBytes + 4, std::uint32_t{0xFFFFFFFF}, "lies outside");
  refused(kPageHeaderBytes + 8, std::uint32_t{0}, "impossible size");
  refused(kPageHeaderBytes + 12, std::uint32_t{0xFFFFFFFF}, "lies outside");
  refused(kPageHeaderBytes, std::uint32_t{0}, "beside the buckets");
}

TEST(Databases, TellPagesThatAreNeitherUsedNorFree) {
  Bytes file = testing::written(many(40, 20));
  for (const std::uint64_t id : {0U, 1U}) {
    Meta meta = parse_meta(page(file, id).first(kMetaBytes)).value();
    ++meta.page_count;
    store_meta(page(file, id), id, meta);
  }
  append_zeros(file, kSmallPage);
  EXPECT_THAT(error_of(file), ::testing::HasSubstr("1 pages are neither used nor free"));
}

TEST(Copies, AreTheSameWithTheirEditsAndWithoutWhatWasFree) {
  Buckets buckets = many(300, 20);
  const Bytes file = testing::written(buckets);
  MemorySource source(file);
  const Database database = Database::open(source, file.size()).value();
  FakeClock clock;
  os::MemoryFileSystem files(clock);
  const auto target = files.create("db", 0600);
  Writer writer(*target.value, kSmallPage);
  Edits edits;
  edits["aaa"].put = {{"k", "v"}};
  edits["large"].remove = {numbered(4)};
  edits["large"].put = {{numbered(1), "new"}, {numbered(6), "other"}, {"z", "last"}};
  edits["small"].clear = true;
  edits["small"].put = {{"b", "2"}};
  edits["zzz"].clear = true;
  const Copied copied = copy(database, writer, edits, {}).value();
  Bytes bytes(copied.written.bytes);
  OpenFileSource copy_source(*target.value, bytes.size());
  ASSERT_TRUE(copy_source.read_at(bytes, 0).ok());
  buckets["aaa"]["k"] = "v";
  buckets["large"].erase(numbered(4));
  buckets["large"][numbered(1)] = "new";
  buckets["large"][numbered(6)] = "other";
  buckets["large"]["z"] = "last";
  buckets["small"] = {{"b", "2"}};
  buckets["zzz"];
  EXPECT_EQ(testing::read(bytes).value(), buckets);
  std::size_t entries = 0;
  for (const auto& [name, bucket] : buckets) entries += bucket.size();
  EXPECT_EQ(copied.entries, entries);
}

// The first page of a snapshot that etcd 3.6.16 made of one key.
TEST(MetaPages, AreThoseThatEtcdWrites) {
  const char* const kFromEtcd =
      "00000000000000000400000000000000edda0ced02000000001000000000000002000000000000000000000000000000ffffffffffffffff"
      "06000000000000000800000000000000cfc571d1e2e42aa4";
  const Meta meta = parse_meta(*parse_hex(kFromEtcd)).value();
  EXPECT_EQ(meta.page_size, 4096U);
  EXPECT_EQ(meta.root, 2U);
  EXPECT_EQ(meta.freelist, kNoFreelist);
  EXPECT_EQ(meta.page_count, 6U);
  EXPECT_EQ(meta.transaction, 8U);
  std::array<std::byte, kMetaBytes> image{};
  store_meta(image, 0, meta);
  EXPECT_EQ(to_hex(image), kFromEtcd);
}

}  // namespace
}  // namespace salvor::bbolt
