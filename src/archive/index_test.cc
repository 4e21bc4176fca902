// The index's bytes, and indexes that lie although every checksum in them is right.
#include "archive/index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archive/archive_testing.h"
#include "archive/index_builder.h"
#include "base/hex.h"
#include "codec/gzip.h"
#include "crypto/sha256.h"

namespace salvor::archive {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

Hash filled(int value) {
  Hash hash;
  hash.fill(static_cast<std::byte>(value));
  return hash;
}

std::string repeated(std::string_view text, int times) {
  std::string all;
  while (times-- > 0) all += text;
  return all;
}

Footer sample_footer() {
  Footer footer;
  footer.members = {{0, 300, 2000}, {300, 40, 1024}};
  footer.sections.push_back({make_section("secrets", "v1", "Secret", true), {{"ns/a", 0, 77, 200, 3, filled(0xab)}}});
  return footer;
}

// docs/formats/index.md shows these bytes; they may never change for version 2.
TEST(IndexFormat, KeepsItsBytes) {
  Bytes record;
  append_record(record, {"ns/a", 1, 512, 300, 0xcdcdcdcdcdcdcd01});
  EXPECT_EQ(to_hex(record),
            "046e732f61"
            "01"
            "8004"
            "ac02"
            "01cdcdcdcdcdcdcd");

  EXPECT_EQ(to_hex(encode_footer(sample_footer())),
            "02"
            "ac02d00f"
            "288008"  // two members
            "01"
            "0773656372657473"
            "027631"
            "06536563726574"
            "03"  // one section: secrets, v1, Secret, flags
            "01"
            "046e732f61"
            "4d"
            "c801"
            "03" +
                repeated("ab", 32));

  Trailer trailer{4096, 100, 200, filled(1), 340, filled(2), filled(3)};
  const std::string body =
      "534c5652494e4458"
      "02000000"
      "64000000"
      "0010000000000000"
      "c8000000"
      "00000000" +
      repeated("01", 32) + "5401000000000000" + repeated("02", 32) + repeated("03", 32);
  EXPECT_EQ(to_hex(encode_trailer(trailer)), body + "3981fed3a289ecd8");
}

TEST(IndexFormat, ComesBack) {
  auto footer = decode_footer(encode_footer(sample_footer()), 340, 77);
  ASSERT_TRUE(footer.ok()) << footer.error().message();
  EXPECT_EQ(footer->members[1].offset, 300U);
  EXPECT_EQ(footer->sections[0].section.objects, 3U);
  EXPECT_EQ(footer->sections[0].blocks[0].first_key, "ns/a");
  EXPECT_EQ(encode_footer(*footer), encode_footer(sample_footer()));
}

TEST(IndexFormat, RefusesAFooterThatDoesNotFit) {
  const Bytes bytes = encode_footer(sample_footer());
  EXPECT_FALSE(decode_footer(bytes, 339, 77).ok());
  EXPECT_FALSE(decode_footer(bytes, 341, 77).ok());
  EXPECT_FALSE(decode_footer(bytes, 340, 76).ok());
  EXPECT_FALSE(decode_footer(bytes, 340, 78).ok());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_footer(ByteView(bytes).first(size), 340, 77).ok()) << size;
  }
  Bytes longer = bytes;
  longer.push_back(std::byte{0});
  EXPECT_FALSE(decode_footer(longer, 340, 77).ok());
}

TEST(IndexFormat, RefusesAFooterThatContradictsItself) {
  const auto refuses = [](const std::function<void(Footer&)>& change) {
    Footer footer = sample_footer();
    change(footer);
    std::uint64_t archive = 0, blocks = 0;
    for (const Member& member : footer.members) archive += member.packed_size;
    for (const IndexSection& section : footer.sections) {
      for (const IndexBlock& block : section.blocks) blocks += block.packed_size;
    }
    auto decoded = decode_footer(encode_footer(footer), archive, blocks);
    return !decoded.ok() && decoded.error().code() == Code::corrupt;
  };
  EXPECT_FALSE(refuses([](Footer&) {}));
  EXPECT_TRUE(refuses([](Footer& f) { f.members[0].packed_size = 0; }));
  EXPECT_TRUE(refuses([](Footer& f) { f.sections[0].section.group_resource = "../x"; }));
  EXPECT_TRUE(refuses([](Footer& f) { f.sections[0].section.version = ""; }));
  EXPECT_TRUE(refuses([](Footer& f) { f.sections[0].blocks[0].first_key = "no-namespace"; }));
  EXPECT_TRUE(refuses([](Footer& f) { f.sections[0].section.namespaced = false; }));
  EXPECT_TRUE(refuses([](Footer& f) { f.sections[0].blocks[0].records = 0; }));
  EXPECT_TRUE(refuses([](Footer& f) { f.sections[0].blocks[0].records = 1'000'000; }));
  EXPECT_TRUE(refuses([](Footer& f) { f.sections[0].blocks[0].size = UINT32_MAX; }));
  EXPECT_TRUE(refuses([](Footer& f) { f.sections[0].blocks.push_back(f.sections[0].blocks[0]); }));
  EXPECT_TRUE(refuses([](Footer& f) { f.sections.push_back(f.sections[0]); }));
}

TEST(IndexFormat, KnowsAnIndexOfANewerProgram) {
  Bytes trailer = encode_trailer({});
  trailer[8] = std::byte{3};
  const Hash check = crypto::sha256(ByteView(trailer).first(kTrailerBytes - 8));
  std::copy_n(check.begin(), 8, trailer.end() - 8);
  auto decoded = decode_trailer(trailer);
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error().code(), Code::unsupported);
}

// A whole, well-formed archive with an index of our choice beside it.
class LyingIndex : public ::testing::Test {
 protected:
  void SetUp() override {
    SeededRng rng(61);
    for (const char* name : {"a", "b", "c"}) objects_.push_back(make_object(section_, "ns", name, 20, rng));
    ASSERT_TRUE(backup_.write(objects_).ok());
    auto source =
        std::make_unique<StoredSource>(backup_.storage, TestBackup::kIndex, backup_.bytes(TestBackup::kIndex).size());
    auto index = Index::open(std::move(source), {});
    ASSERT_TRUE(index.ok());
    truth_ = *std::move(index);
    ASSERT_TRUE(truth_
                    ->records(truth_->sections()[0],
                              [&](const IndexRecord& record) -> Result<> {
                                keys_.emplace_back(record.key);
                                records_.push_back(record);
                                return {};
                              },
                              {})
                    .ok());
  }

  // One block with exactly these records; hashes and counts are right.
  void write_index(const std::vector<IndexRecord>& records) {
    Bytes text;
    for (const IndexRecord& record : records) append_record(text, record);
    const Bytes packed = codec::gzip(text);
    Footer footer;
    footer.members = truth_->members();
    footer.sections.push_back({section_,
                               {{std::string(records[0].key), 0, static_cast<std::uint32_t>(packed.size()),
                                 static_cast<std::uint32_t>(text.size()), static_cast<std::uint32_t>(records.size()),
                                 crypto::sha256(packed)}}});
    const Bytes footer_text = encode_footer(footer), footer_packed = codec::gzip(footer_text);
    Trailer trailer = truth_->trailer();
    trailer.footer_offset = packed.size();
    trailer.footer_packed_size = static_cast<std::uint32_t>(footer_packed.size());
    trailer.footer_size = static_cast<std::uint32_t>(footer_text.size());
    trailer.footer_hash = crypto::sha256(footer_packed);
    Bytes index = packed;
    append(index, footer_packed);
    append(index, encode_trailer(trailer));
    backup_.put(TestBackup::kIndex, as_text(index));
  }
  std::vector<IndexRecord> records() const {
    auto records = records_;
    for (std::size_t i = 0; i < records.size(); ++i) records[i].key = keys_[i];
    return records;
  }
  // The first error of reading everything, or "".
  std::string read_error() {
    auto archive = backup_.open();
    if (!archive.ok()) return archive.error().message();
    auto all = contents(**archive);
    if (all.ok()) return "";
    EXPECT_EQ(all.error().code(), Code::corrupt);
    return all.error().message();
  }

  const Section section_ = make_section("secrets", "v1", "Secret", true);
  std::vector<TestObject> objects_;
  TestBackup backup_;
  std::unique_ptr<Index> truth_;
  std::vector<std::string> keys_;
  std::vector<IndexRecord> records_;
};

TEST_F(LyingIndex, IsBelievedWhenItTellsTheTruth) {
  write_index(records());
  EXPECT_EQ(read_error(), "");
  EXPECT_TRUE(problems(**backup_.open()).empty());
}

TEST_F(LyingIndex, IsCorruptWhenItsRecordsAreNotInOrder) {
  auto lies = records();
  std::swap(lies[1], lies[2]);
  write_index(lies);
  EXPECT_THAT(read_error(), HasSubstr("not in order"));
}

TEST_F(LyingIndex, IsCorruptWhenItNamesAnObjectTwice) {
  auto lies = records();
  lies.insert(lies.begin(), lies[0]);
  write_index(lies);
  EXPECT_THAT(read_error(), HasSubstr("not in order"));
}

TEST_F(LyingIndex, IsCorruptWhenItPointsOutsideTheArchive) {
  for (int what = 0; what < 4; ++what) {
    auto lies = records();
    if (what == 0) lies[1].member = 99;
    if (what == 1) lies[1].offset = 1 << 20;
    if (what == 2) lies[1].size = 1 << 20;
    if (what == 3) lies[1].offset = UINT32_MAX;
    write_index(lies);
    EXPECT_THAT(read_error(), HasSubstr("points outside")) << what;
  }
}

TEST_F(LyingIndex, IsCaughtByTheHashWhenItPointsToAnotherPlace) {
  auto lies = records();
  ++lies[1].offset;
  write_index(lies);
  EXPECT_THAT(read_error(), HasSubstr("secrets ns/b is not what was saved"));
  EXPECT_THAT(problems(**backup_.open()),
              Contains(HasSubstr("secrets ns/b is in the archive more than once or not where")));
}

TEST_F(LyingIndex, IsCaughtByVerifyWhenItSwapsTwoObjects) {
  auto lies = records();
  std::swap(lies[0].offset, lies[1].offset);
  std::swap(lies[0].size, lies[1].size);
  std::swap(lies[0].crc, lies[1].crc);
  write_index(lies);
  EXPECT_THAT(problems(**backup_.open()),
              Contains(HasSubstr("secrets ns/a is in the archive more than once or not where")));
}

TEST_F(LyingIndex, IsCaughtByVerifyWhenItLeavesAnObjectOut) {
  auto lies = records();
  lies.erase(lies.begin() + 1);
  write_index(lies);
  EXPECT_EQ(read_error(), "");
  EXPECT_THAT(problems(**backup_.open()), Contains("secrets ns/b is in the archive, but not in the index"));
}

TEST_F(LyingIndex, IsCaughtByVerifyWhenItInventsAnObject) {
  auto lies = records();
  lies.push_back(lies[2]);
  lies.back().key = "ns/invented";
  write_index(lies);
  EXPECT_THAT(problems(**backup_.open()),
              Contains("the index lists 4 objects of secrets (v1), the archive holds 3 of them"));
}

TEST_F(LyingIndex, IsCorruptWhenAKeyCouldLeaveItsFolder) {
  for (std::string_view key : {"ns/..", "../x", "ns/a/b", "ns", "ns/", "/a", "ns/\x01"}) {
    auto lies = records();
    lies.back().key = key;
    write_index(lies);
    EXPECT_THAT(read_error(), HasSubstr("the index is damaged")) << key;
  }
}

}  // namespace
}  // namespace salvor::archive
