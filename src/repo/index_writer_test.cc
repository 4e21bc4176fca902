#include "repo/index_writer.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "repo/golden_testing.h"

namespace salvor::repo {
namespace {

Bytes written(const GoldenRecipe& recipe, IndexVersion version) {
  IndexWriter writer(version);
  for (const ContentEntry& entry : golden_entries(recipe)) EXPECT_TRUE(writer.add(entry).ok());
  return *std::move(writer).finish();
}

std::string hash_of(const GoldenRecipe& recipe, IndexVersion version) { return sha256_hex(written(recipe, version)); }

Code refusal(IndexVersion version, const ContentEntry& entry) {
  IndexWriter writer(version);
  const auto added = writer.add(entry);
  return added.ok() ? Code::internal : added.error().code();
}

// The golden bytes and hashes are of index.Builder.Build of kopia 0.23.1, without its 32 random bytes.
TEST(IndexWriter, WritesTheBytesOfStockInVersion1) {
  EXPECT_EQ(to_hex(written({.count = 3, .packs = 2}, IndexVersion::v1)),
            "0111001400000003009597d898814f165b7ed6118722c2427100006553f14a023600000077000007e20000003600d1988cd3019824"
            "f075f61677e1a6f54b00006553f1250236000000ad000003f1000000296b75e0d458fc2da40b5b8b8b614d0192e900006553f10002"
            "3600000077800000000000001c7063353561376138306533376363393138333633333762303734626161343035322d733031323334"
            "35363738396162636465663134377062653935353631376461633361383961656537303538613163636139656639332d7330313233"
            "343536373839616263646566313437");
  EXPECT_EQ(hash_of({.count = 1000, .packs = 9}, IndexVersion::v1),
            "7062bc02e508f95f4445d7ef0fceb3daf219c3a8bf8ad00fe7f20c71e9bc6824");
  EXPECT_EQ(hash_of({.count = 1000, .packs = 9, .hash_bytes = 32}, IndexVersion::v1),
            "c30f3376d5b7f149b64b01399cdb0d479a91d35fad0997858052f2762719c111");
}

TEST(IndexWriter, WritesTheBytesOfStockInVersion2) {
  EXPECT_EQ(to_hex(written({.count = 3, .packs = 2}, IndexVersion::v2)),
            "0211001000000003000000020100000000009597d898814f165b7ed6118722c242716553f14a000007e200001a000036000000d198"
            "8cd3019824f075f61677e1a6f54b6553f125000003f100000d00002900016b75e0d458fc2da40b5b8b8b614d0192e96553f1008000"
            "000000000000001c0000360000008436000000ba000000000200706335356137613830653337636339313833363333376230373462"
            "6161343035322d73303132333435363738396162636465663134377062653935353631376461633361383961656537303538613163"
            "636139656639332d7330313233343536373839616263646566313437");
  EXPECT_EQ(hash_of({.count = 1000, .packs = 9}, IndexVersion::v2),
            "dc3ab740552b438efe849db92ecea1f146d25b7ef3524749136d0277d7a06dba");
}

TEST(IndexWriter, WritesTheBytesOfStockWhenRowsNeedMore) {
  EXPECT_EQ(hash_of({.count = 1000, .packs = 9, .hash_bytes = 32, .formats = 3}, IndexVersion::v2),
            "c866af5fd98e4522d02ebaaa077626ed0623fc5ad05a10708d9decac613886f1");
  EXPECT_EQ(hash_of({.count = 1000, .packs = 9, .great_at = 500}, IndexVersion::v2),
            "c8244862c4578712f924778e1c414abc019b2277a0daae018b11bab5d374fcd9");
  EXPECT_EQ(hash_of({.count = 70'000, .packs = 70'000}, IndexVersion::v2),
            "b431d98115029c7e3f88262e4ca321ea729346332fb57829b5b2f28edbc31732");
  EXPECT_EQ(
      hash_of({.count = 70'000, .packs = 69'000, .hash_bytes = 20, .formats = 3, .great_at = 500}, IndexVersion::v2),
      "88dbdd150d693a059a1301eb458030736c4b867b85a95348fad97bb2a1ce7950");
}

TEST(IndexWriter, WritesAnEmptyIndexInVersion1Only) {
  EXPECT_EQ(to_hex(*IndexWriter(IndexVersion::v1).finish()), "01ff001400000000");
  EXPECT_EQ(IndexWriter(IndexVersion::v2).finish().error().code(), Code::invalid);
}

// By BuildShards of the same builder, 1000 entries and at most 300 of them in a shard.
TEST(IndexWriter, SplitsAsStockDoes) {
  const std::string stock[] = {"be4d13ee9ed712f4f7b246d65edfb34fb37c32e49c06dfc6b28532d730123195",
                               "5d147eda50bae64fbc00eb530c406dce814be21750066dd5fd397d60121abaa3",
                               "b56eb0db1d99410691f94a01d34596b526104215182158bfb156559f114e7fbf",
                               "eaacf76bc313bccbe4b72972619ad9596cce60bea3f1dbd4f741e58b764d0519"};
  std::vector<IndexWriter> shards(4, IndexWriter(IndexVersion::v2));
  for (const ContentEntry& entry : golden_entries({.count = 1000, .packs = 9})) {
    ASSERT_TRUE(shards[index_shard(entry.id, 4)].add(entry).ok());
  }
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(sha256_hex(*std::move(shards[i]).finish()), stock[i]);
}

TEST(IndexWriter, RefusesEntriesThatAreNotInOrder) {
  const auto entries = golden_entries({.count = 2});
  IndexWriter writer(IndexVersion::v2);
  ASSERT_TRUE(writer.add(entries[1]).ok());
  EXPECT_EQ(writer.add(entries[0]).error().code(), Code::invalid);
  EXPECT_EQ(writer.add(entries[1]).error().code(), Code::invalid);
  ContentEntry other = entries[1];
  other.id = *ContentId::parse("zaabb");
  EXPECT_EQ(writer.add(other).error().code(), Code::invalid);
  EXPECT_EQ(writer.count(), 1U);
  EXPECT_EQ(refusal(IndexVersion::v2, ContentEntry()), Code::invalid);
}

TEST(IndexWriter, RefusesWhatAVersionCannotHold) {
  const ContentEntry good = golden_entry({}, 1);
  const std::string long_name(256, 'p');
  for (const IndexVersion version : {IndexVersion::v1, IndexVersion::v2}) {
    ContentEntry bad = good;
    EXPECT_EQ(refusal(version, bad), Code::internal);  // it is not refused
    bad.timestamp_seconds = -1;
    EXPECT_EQ(refusal(version, bad), Code::invalid);
    bad.timestamp_seconds = std::int64_t{1} << 48;
    EXPECT_EQ(refusal(version, bad), Code::invalid);
    bad = good;
    bad.pack_offset = 1U << 31;
    EXPECT_EQ(refusal(version, bad), Code::invalid);
    bad = good;
    bad.pack_blob_id = long_name;
    EXPECT_EQ(refusal(version, bad), Code::invalid);
  }
  ContentEntry bad = good;
  bad.compression_id = 0x1100;
  EXPECT_EQ(refusal(IndexVersion::v1, bad), Code::invalid);
  bad = good;
  bad.pack_blob_id = {};
  EXPECT_EQ(refusal(IndexVersion::v1, bad), Code::invalid);
  bad = good;
  bad.pack_offset = 1U << 30;
  EXPECT_EQ(refusal(IndexVersion::v2, bad), Code::invalid);
  bad = good;
  bad.packed_length = 1U << 28;
  EXPECT_EQ(refusal(IndexVersion::v2, bad), Code::invalid);
  bad = good;
  bad.timestamp_seconds = std::int64_t{1} << 32;
  EXPECT_EQ(refusal(IndexVersion::v2, bad), Code::invalid);
}

TEST(IndexWriter, HoldsNoMoreThan255Formats) {
  IndexWriter writer(IndexVersion::v2);
  auto entries = golden_entries({.count = 256});
  for (std::size_t i = 0; i < entries.size(); ++i) {
    entries[i].compression_id = static_cast<std::uint32_t>(i);
    EXPECT_EQ(writer.add(entries[i]).ok(), i < 255) << i;
  }
}

}  // namespace
}  // namespace salvor::repo
