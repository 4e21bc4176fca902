#include "codec/zip.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "base/rng.h"
#include "codec/crc.h"
#include "codec/deflate.h"
#include "codec/inflate.h"

namespace salvor::codec {
namespace {

Bytes deflated(DeflateStream& stream, ByteView text, std::size_t piece) {
  Bytes packed;
  for (std::size_t at = 0; at < text.size(); at += piece)
    stream.feed(text.subspan(at, std::min(piece, text.size() - at)), packed);
  stream.finish(packed);
  return packed;
}

TEST(Deflate, GivesBackWhatWasFedInPiecesOfAnySize) {
  SeededRng rng(7);
  Bytes text(300'000);
  rng.fill(text);
  for (std::size_t i = 0; i < text.size(); i += 3) text[i] = std::byte{'a'};
  DeflateStream stream;
  for (const std::size_t piece : {std::size_t{1000}, std::size_t{65'536}, std::size_t{1} << 20}) {
    const auto back = inflate_raw(deflated(stream, text, piece), text.size());
    ASSERT_TRUE(back.ok());
    EXPECT_TRUE(std::ranges::equal(*back, text));
  }
  EXPECT_TRUE(inflate_raw(deflated(stream, {}, 1), 0)->empty());
}

// Compared with what Python's zipfile reads in tests/peer/kopia_archive_test.py; here the layout itself.
TEST(Zip, ASmallArchiveIsTheseBytes) {
  ZipEntry entry{.name = "a",
                 .mode = S_IFREG | 0644,
                 .uid = 1,
                 .gid = 2,
                 .modified = Time(std::chrono::seconds(1'600'000'000)),  // 2020-09-13T12:26:40Z
                 .size = 2,
                 .packed = 2,
                 .crc = crc32(as_bytes("hi"))};
  Bytes zip;
  append_zip_header(zip, entry);
  EXPECT_EQ(zip.size(), 30 + 1 + 9 + 15U);
  append(zip, as_bytes("hi"));
  const std::size_t records = zip.size();
  append_zip_record(zip, entry);
  EXPECT_EQ(zip.size() - records, 46 + 1 + 9 + 15U);
  append_zip_end(zip, 1, records, zip.size() - records);
  const std::string text(as_text(zip));
  EXPECT_EQ(text.substr(0, 14), std::string("PK\3\4\x14\0\0\x08\0\0\x54\x63\x2d\x51", 14));
  EXPECT_EQ(text.substr(text.size() - 22), std::string("PK\5\6\0\0\0\0\1\0\1\0\x47\0\0\0\x39\0\0\0\0\0", 22));
}

TEST(Zip, LargeSizesAndManyEntriesTakeTheFormOf64Bits) {
  const ZipEntry entry{
      .name = "a", .mode = S_IFREG, .size = std::uint64_t{5} << 32, .packed = 7, .offset = std::uint64_t{6} << 32};
  Bytes record;
  append_zip_record(record, entry);
  EXPECT_EQ(record.size(), 46 + 1 + 9 + 15 + 4 + 16U);  // size and offset
  Bytes end;
  append_zip_end(end, 65'535, 10, 20);
  EXPECT_EQ(end.size(), 56 + 20 + 22U);
  Bytes descriptor;
  append_zip_descriptor(descriptor, {.name = "a", .streamed = true, .is_large = true, .size = 1, .packed = 1});
  EXPECT_EQ(descriptor.size(), 24U);
}

TEST(Zip, TimesThatDosDoesNotKnowAreStillThere) {
  for (const std::int64_t seconds : {-1LL, 0LL, 9'000'000'000LL}) {
    Bytes header;
    append_zip_header(header, {.name = "a", .mode = S_IFREG, .modified = Time(std::chrono::seconds(seconds))});
    EXPECT_EQ(as_text(header).substr(0, 2), "PK");
  }
}

}  // namespace
}  // namespace salvor::codec
